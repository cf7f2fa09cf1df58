/**
 * Which bucket a domain name of its own leads to, in memory, because it is asked before anything else of a request is
 * known. The settings come first, then what PutCname recorded; the server's own names are never looked up, whatever is
 * stored. Walks over all buckets at most once a second, and only while requests come for hosts that are no address and
 * no domain of the server.
 */
import { normalizeHost, OssError } from '@annals/protocol';
import type { EngineFailure, ObjectStore } from '@annals/store';
import { LRUCache } from 'lru-cache';
import { listDomains, type RecordedDomain } from './list-domains.js';
import type { OwnNames } from './own-names.js';

/** What an index is built from. */
export interface CustomDomainOptions {
  readonly store: Pick<ObjectStore, 'listBuckets'>;
  /** Domain to bucket, from the settings. */
  readonly configured: Readonly<Record<string, string>>;
  readonly ownNames: OwnNames;
  /** Called when requests are to find domains and those of a bucket cannot be read. */
  readonly onDamage: (failure: EngineFailure) => void;
  /** Milliseconds that only go forward. Default: since the process started. */
  readonly elapsedMs?: () => number;
}

/** A recorded domain, and why requests do not find it; `undefined` when they do. */
export interface JudgedDomain extends RecordedDomain {
  readonly ignoredBecause: string | undefined;
}

const STALE_MS_MAX = 1000;
/** Clients reach a server by a few names; one takes as much as its Host header. */
const OWN_HOST_COUNT_MAX = 64;

/** Looks hosts up. */
export class CustomDomainIndex {
  readonly #options: CustomDomainOptions;
  readonly #elapsedMs: () => number;
  readonly #configured: ReadonlyMap<string, string>;
  #recorded: ReadonlyMap<string, string> = new Map();
  /** Host headers that name the server itself: what is its own once stays so. */
  readonly #ownHosts = new LRUCache<string, true>({ max: OWN_HOST_COUNT_MAX });
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #claiming: Promise<unknown> = Promise.resolve();

  /** @throws {RangeError} The settings give a name of the server's own to a bucket. */
  constructor(options: CustomDomainOptions) {
    this.#options = options;
    this.#elapsedMs = options.elapsedMs ?? (() => performance.now());
    this.#configured = new Map(
      Object.entries(options.configured).map(([domain, bucket]) => [normalizeHost(domain), bucket]),
    );
    for (const domain of this.#configured.keys()) {
      const reason = options.ownNames.reasonAgainst(domain);
      if (reason !== undefined) throw new RangeError(`Cannot use the custom domain "${domain}": it is ${reason}`);
    }
  }

  /**
   * Makes sure that the next look-up of a host is not older than a second.
   * @param hostHeader Host header as sent.
   * @returns `undefined`: nothing has to be waited for, as for nearly every request.
   * @throws {EngineFailure} `unavailable`, by the promise.
   */
  refresh(hostHeader: string): Promise<void> | undefined {
    if (this.#elapsedMs() - this.#readAtMs < STALE_MS_MAX) return undefined;
    if (this.#ownHosts.has(hostHeader)) return undefined;
    const host = normalizeHost(hostHeader);
    if (this.#configured.has(host) || this.#options.ownNames.reasonAgainst(host) !== undefined) {
      this.#ownHosts.set(hostHeader, true);
      return undefined;
    }
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** @param host In lower case without port. */
  bucketOf(host: string): string | undefined {
    return this.#configured.get(host) ?? this.#recorded.get(host);
  }

  /**
   * Changes which bucket a domain leads to: one change after the other, so that of two buckets that ask for one domain
   * at once only one gets it.
   * @param change Called when the domain is free or the bucket's own; requests find what it has recorded at once.
   * @throws {OssError} `InvalidArgument` for a name of the server's own, `CnameAlreadyExists` for another bucket's.
   */
  claim<Result>(domain: string, bucket: string, change: () => Promise<Result>): Promise<Result> {
    const claimed = this.#claiming.then(async () => {
      this.refuseOwn(domain);
      const holder = this.#configured.get(domain) ?? (await this.#holderOf(domain));
      if (holder !== undefined && holder !== bucket) throw new OssError('CnameAlreadyExists');
      return change();
    });
    this.#claiming = claimed.catch(() => undefined).then(() => this.forget());
    return claimed;
  }

  /** @throws {OssError} `InvalidArgument` for a name of the server's own. */
  refuseOwn(domain: string): void {
    const reason = this.#options.ownNames.reasonAgainst(domain);
    if (reason === undefined) return;
    throw new OssError('InvalidArgument', {
      message: `The domain cannot be used: it is ${reason}.`,
      // As the public service has it for names that are reserved.
      ec: '0018-00000401',
      details: { ArgumentName: 'Domain', ArgumentValue: domain },
    });
  }

  /** The next request for an unknown host reads the records again. */
  forget(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Every recorded domain by name, and whether requests find it. Of several buckets with one domain, the first to have
   * it keeps it.
   * @param onDamage Called for a bucket whose domains cannot be read; its domains are left out then.
   * @throws {EngineFailure} `unavailable`; without `onDamage` also `corrupt`.
   */
  async judged(onDamage?: (failure: EngineFailure) => void): Promise<readonly JudgedDomain[]> {
    const found: RecordedDomain[] = [];
    for await (const record of listDomains(this.#options.store, onDamage)) found.push(record);
    found.sort((one, other) => one.lastModifiedAtMs - other.lastModifiedAtMs);
    const holders = new Map(this.#configured);
    return found
      .map((record): JudgedDomain => {
        const { domain, bucket } = record;
        const own = this.#options.ownNames.reasonAgainst(domain);
        if (own !== undefined) return { ...record, ignoredBecause: `it is ${own}` };
        const holder = holders.get(domain);
        if (holder !== undefined && holder !== bucket) {
          return { ...record, ignoredBecause: `it leads to the bucket ${holder}` };
        }
        holders.set(domain, bucket);
        return { ...record, ignoredBecause: undefined };
      })
      .sort((one, other) => (one.domain < other.domain ? -1 : 1));
  }

  /** A domain that cannot be read may be any: then no other bucket gets one. */
  async #holderOf(domain: string): Promise<string | undefined> {
    const found = (await this.judged()).find((known) => known.domain === domain && known.ignoredBecause === undefined);
    return found?.bucket;
  }

  async #read(): Promise<void> {
    // Counted from the beginning: what changes during the walk may be missed by it.
    const beganAtMs = this.#elapsedMs();
    const recorded = new Map<string, string>();
    for (const { domain, bucket, ignoredBecause } of await this.judged(this.#options.onDamage)) {
      if (ignoredBecause === undefined) recorded.set(domain, bucket);
    }
    this.#recorded = recorded;
    this.#readAtMs = beganAtMs;
  }
}
