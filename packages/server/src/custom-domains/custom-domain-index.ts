/**
 * Which bucket a domain name of its own leads to, in memory, because it is asked before anything else of a request is known. The settings come first,
 * then what PutCname recorded. Walks over all buckets at most once a second, and only while requests come for hosts that are no
 * address and no domain of the server.
 */
import { isIP } from 'node:net';
import { normalizeHost } from '@annals/protocol';
import type { ObjectStore } from '@annals/store';
import { listDomains } from './find-bucket-of-domain.js';

/** What an index is built from. */
export interface CustomDomainOptions {
  readonly store: Pick<ObjectStore, 'listBuckets'>;
  /** Domain to bucket, from the settings. */
  readonly configured: Readonly<Record<string, string>>;
  /** The server's own domains: below them the host itself names the bucket. */
  readonly domains: readonly string[];
  /** Milliseconds that only go forward. Default: since the process started. */
  readonly elapsedMs?: () => number;
}

const STALE_MS_MAX = 1000;

/** Looks hosts up. */
export class CustomDomainIndex {
  readonly #options: CustomDomainOptions;
  readonly #elapsedMs: () => number;
  readonly #configured: ReadonlyMap<string, string>;
  readonly #ownDomains: readonly string[];
  #recorded: ReadonlyMap<string, string> = new Map();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(options: CustomDomainOptions) {
    this.#options = options;
    this.#elapsedMs = options.elapsedMs ?? (() => performance.now());
    this.#configured = new Map(
      Object.entries(options.configured).map(([domain, bucket]) => [normalizeHost(domain), bucket]),
    );
    this.#ownDomains = ['localhost', ...options.domains.map(normalizeHost)];
  }

  /**
   * Makes sure that the next look-up of a host is not older than a second.
   * @param hostHeader Host header as sent.
   * @returns `undefined`: nothing has to be waited for, as for nearly every request.
   * @throws {StoreFailure} `unavailable`, by the promise.
   */
  refresh(hostHeader: string): Promise<void> | undefined {
    if (this.#elapsedMs() - this.#readAtMs < STALE_MS_MAX || this.#isOwn(normalizeHost(hostHeader))) return undefined;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** @param host In lower case without port. */
  bucketOf(host: string): string | undefined {
    return this.#configured.get(host) ?? this.#recorded.get(host);
  }

  /** Hosts that can be nobody's custom domain. */
  #isOwn(host: string): boolean {
    if (host === '' || host.startsWith('[') || isIP(host) !== 0 || this.#configured.has(host)) return true;
    return this.#ownDomains.some((domain) => host === domain || host.endsWith(`.${domain}`));
  }

  async #read(): Promise<void> {
    // Counted from the beginning: what changes during the walk may be missed by it.
    const beganAtMs = this.#elapsedMs();
    const recorded = new Map<string, string>();
    for await (const [domain, bucket] of listDomains(this.#options.store)) recorded.set(domain, bucket);
    this.#recorded = recorded;
    this.#readAtMs = beganAtMs;
  }
}
