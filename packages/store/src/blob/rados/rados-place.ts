/** Where a pool of RADOS is, and who asks: what the engine is told. Leaves out how an operator writes it. */

/** A namespace in a pool, as the library is told of it. No field holds a key: the library reads its own files. */
export interface RadosPlace {
  readonly pool: string;
  /** Empty: the one without a name. */
  readonly namespace: string;
  /** Without `client.` in front. */
  readonly user: string;
  /** Name of the cluster, which names the files that the library looks for. */
  readonly cluster: string;
  /** Default: what `CEPH_CONF` names, or `/etc/ceph/CLUSTER.conf` and the other places of the library. */
  readonly configurationFile?: string;
  /** Default: what the configuration of the cluster says. */
  readonly keyringFile?: string;
  /** How long one operation may take, until the cluster counts as away. */
  readonly timeoutMs: number;
}

/** librados, or koffi, which calls it, is not installed. The message says what to install. */
export class LibradosMissing extends Error {}
