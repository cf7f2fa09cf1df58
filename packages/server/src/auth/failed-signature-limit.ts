/**
 * Bounds what wrong signatures cost. It never refuses a right one: the ids of keys are no secret (every presigned URL
 * contains one), and many clients may share one address. So each signature is verified, which is cheap, and only the
 * answers to wrong ones change: after so many from one address for one access key they are a short 503 that SDKs take
 * for "later" and retry with growing pauses, and hardly any is logged. Leaves out who is right (`authenticate.ts`).
 */
import { isIPv6 } from 'node:net';
import { type ErrorCode, OssError, readAuthentication, type SignableRequest } from '@annals/protocol';

/** Pairs remembered; each takes about 200 bytes. Of more, the one that failed longest ago goes first. */
const PAIR_COUNT_MAX = 10_000;
const MINUTE_MS = 60_000;
/** Stands for every access key that does not exist: it fails whatever it is called. */
const UNKNOWN_KEY = '';

const COUNTED: readonly ErrorCode[] = [
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSecurityToken',
  'AccessKeyIdAndSecurityTokenNotMatch',
];

/** Tokens of one pair: each failure takes one, and they come back over time. */
interface Bucket {
  tokens: number;
  filledAtMs: number;
  loggedAtMs: number;
  omittedCount: number;
}

/** Gives the access key that a request says it is signed with; empty when it says none. */
export function claimedAccessKeyId(request: SignableRequest): string {
  const authentication = readAuthentication(request);
  return authentication.kind === 'anonymous' ? '' : authentication.accessKeyId;
}

/** The answer to wrong signatures when there were too many, instead of the reason. */
export class TooManyWrongSignatures extends OssError {
  /**
   * @param waitSeconds Until one may be wrong again.
   * @param omittedCount Of the same pair, those that were not logged since the last that was; `undefined`: nor shall
   * this one be.
   */
  constructor(
    waitSeconds: number,
    readonly omittedCount: number | undefined,
  ) {
    super('ServiceUnavailable', {
      message: 'Too many requests with a wrong signature came from this address. Please retry later.',
      headers: { 'Retry-After': String(waitSeconds) },
    });
  }
}

/**
 * A token bucket of failures for each pair of address and access key; memory is bounded, nothing outlives the process.
 */
export class FailedSignatureLimit {
  readonly #countMax: number;
  readonly #clock: () => number;
  /** The longest without a failure first. */
  readonly #buckets = new Map<string, Bucket>();

  /**
   * @param countMax Failures at once, and failures per minute after that; 0: no limit.
   * @param clock Milliseconds since 1970.
   */
  constructor(countMax: number, clock: () => number) {
    this.#countMax = countMax;
    this.#clock = clock;
  }

  /** Pairs remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Lets an authentication happen, and remembers when it fails, at once or by its promise.
   * @param address IP address the request came from.
   * @param readKeyId Gives the access key that the request names; asked only after it failed.
   * @returns What `authenticate` gives.
   * @throws {TooManyWrongSignatures} Instead of what `authenticate` throws, when the pair has failed too often.
   */
  guard<Outcome>(address: string, readKeyId: () => string, authenticate: () => Outcome): Outcome {
    if (this.#buckets.size > 0) this.#forgetFull();
    const noteFailure = (error: unknown): never => {
      if (this.#countMax > 0 && error instanceof OssError && COUNTED.includes(error.code)) {
        this.#note(address, error, readKeyId());
      }
      throw error;
    };
    try {
      const outcome = authenticate();
      return outcome instanceof Promise ? (outcome.catch(noteFailure) as Outcome) : outcome;
    } catch (error) {
      return noteFailure(error);
    }
  }

  /** @throws {TooManyWrongSignatures} When it is one too many. */
  #note(address: string, { code }: OssError, keyId: string): void {
    const name = pairName(address, code === 'InvalidAccessKeyId' ? UNKNOWN_KEY : keyId);
    const bucket = this.#buckets.get(name) ?? this.#fullBucket();
    const tokens = this.#tokensOf(bucket);
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= PAIR_COUNT_MAX) break;
      this.#buckets.delete(oldest);
    }
    if (tokens < 1) throw this.#tooMany(bucket);
    bucket.tokens = tokens - 1;
  }

  #tokensOf(bucket: Bucket): number {
    const nowMs = this.#clock();
    const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
    bucket.tokens = Math.min(this.#countMax, bucket.tokens + (elapsedMs * this.#countMax) / MINUTE_MS);
    bucket.filledAtMs = nowMs;
    return bucket.tokens;
  }

  /** Every bucket is full again a minute after its last failure. */
  #forgetFull(): void {
    for (const [name, bucket] of this.#buckets) {
      if (this.#tokensOf(bucket) < this.#countMax) return;
      this.#buckets.delete(name);
    }
  }

  #fullBucket(): Bucket {
    const filledAtMs = this.#clock();
    return { tokens: this.#countMax, filledAtMs, loggedAtMs: Number.NEGATIVE_INFINITY, omittedCount: 0 };
  }

  #tooMany(bucket: Bucket): TooManyWrongSignatures {
    const waitSeconds = Math.ceil(((1 - bucket.tokens) * MINUTE_MS) / this.#countMax / 1000);
    const nowMs = this.#clock();
    if (nowMs - bucket.loggedAtMs < MINUTE_MS) {
      bucket.omittedCount += 1;
      return new TooManyWrongSignatures(waitSeconds, undefined);
    }
    const { omittedCount } = bucket;
    bucket.loggedAtMs = nowMs;
    bucket.omittedCount = 0;
    return new TooManyWrongSignatures(waitSeconds, omittedCount);
  }
}

function pairName(address: string, keyId: string): string {
  return `${networkOf(address)} ${keyId}`;
}

/** Of an IPv6 address the first 64 bits: its owner has all that lie behind them. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [front = '', back] = address.split('::');
  const groups = front === '' ? [] : front.split(':');
  if (back !== undefined) {
    const behind = back === '' ? [] : back.split(':');
    while (groups.length + behind.length < 8) groups.push('0');
    groups.push(...behind);
  }
  return groups.slice(0, 4).join(':');
}
