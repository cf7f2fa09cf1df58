/**
 * Names that are the server's own and that no bucket can have: its domains and all below them, `localhost`, every
 * address, hosts of the public service, and the names of this machine. The server compares names that tenants choose
 * with them before it stores a name and whenever it reads one.
 */
import { isWithinDomain, normalizeHost, readHostName } from '@annals/protocol';

/** What the names are found from. */
export interface OwnNamesOptions {
  /** Below these the host itself names a bucket. */
  readonly domains: readonly string[];
  /**
   * Hosts that are the server itself, names or addresses: what it listens on, what the machine is called. What lies
   * below is not its own.
   */
  readonly hosts: readonly string[];
  /** Custom domains of the settings, each with its bucket. */
  readonly configured: Readonly<Record<string, string>>;
}

/** `localhost`, and what systems call it in their tables of hosts. */
const LOOPBACK_DOMAINS = ['localhost', 'localhost.localdomain', 'localhost4.localdomain4', 'localhost6.localdomain6'];
/** One client names buckets by these whatever server it talks to. The public service refuses them too. */
const PUBLIC_SERVICE_DOMAIN = 'aliyuncs.com';

/** The reserved names, which no tenant may choose. */
export class OwnNames {
  readonly #domains: readonly string[];
  readonly #hosts = new Set<string>();
  readonly #reservedBuckets: ReadonlyMap<string, string>;

  constructor({ domains, hosts, configured }: OwnNamesOptions) {
    this.#domains = [...LOOPBACK_DOMAINS, ...domains.map(normalizeHost)].filter((domain) => domain !== '');
    for (const host of hosts) this.addHost(host);
    this.#reservedBuckets = reservedBuckets(this.#domains, configured);
  }

  /** @param host Name or address of the server itself, with or without port. Addresses are its own anyway. */
  addHost(host: string): void {
    const read = readHostName(host);
    if (read?.kind === 'name') this.#hosts.add(read.name);
  }

  /**
   * Tells why a domain cannot be a custom domain.
   * @param domain In any spelling.
   * @returns What it is, to be put behind "it is"; `undefined` when it can.
   */
  reasonAgainst(domain: string): string | undefined {
    const host = readHostName(domain);
    if (host === undefined) return 'no domain name';
    if (host.kind === 'address') return 'an IP address';
    const { name } = host;
    if (this.#hosts.has(name)) return 'a name of this server';
    const own = this.#domains.find((known) => isWithinDomain(name, known));
    if (own !== undefined) return name === own ? 'a domain of this server' : `below ${own}, a domain of this server`;
    return isWithinDomain(name, PUBLIC_SERVICE_DOMAIN) ? 'a name of the public service' : undefined;
  }

  /**
   * Tells what else `BUCKET.DOMAIN` means, when a bucket of this name could not be reached by it.
   * @returns The host that means something else, or `undefined`.
   */
  hostInsteadOfBucket(bucket: string): string | undefined {
    return this.#reservedBuckets.get(bucket);
  }
}

/**
 * With the domains `a.example` and `b.a.example`, a bucket `b` would be taken for the service by some requests, and the
 * other way round.
 */
function reservedBuckets(
  domains: readonly string[],
  configured: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const reserved = new Map<string, string>();
  const hosts = [
    ...domains.map((host) => ({ host, bucket: undefined })),
    ...Object.entries(configured).map(([host, bucket]) => ({ host: normalizeHost(host), bucket })),
  ];
  for (const { host, bucket } of hosts) {
    const dot = host.indexOf('.');
    if (dot < 0 || !domains.includes(host.slice(dot + 1))) continue;
    const label = host.slice(0, dot);
    if (label !== bucket) reserved.set(label, host);
  }
  return reserved;
}
