/**
 * Follows an object while it grows: gives its bytes from any position, then what is appended, and goes on by itself
 * after failures of the network and the server. Asks by long poll where the server knows it (`long-poll.ts`), by its
 * length elsewhere (`length-poll.ts`). Leaves out noticing another object (`followed-prefix.ts`) and lines
 * (`lines.ts`).
 */
import type { RetryOptions } from '../client-options.js';
import { type Connection, isTransient } from '../connection/connection.js';
import { pause } from '../connection/pause.js';
import { AnnalsError } from '../error.js';
import { headObject } from '../operations/object/head-object.js';
import type { Finding } from './finding.js';
import type { FollowTarget } from './follow-target.js';
import { FollowedPrefix } from './followed-prefix.js';
import { pollLength } from './length-poll.js';
import { pollLong } from './long-poll.js';

/** Where a follower begins, and how patient it is. */
export interface FollowOptions {
  /** Byte offset of the first byte that is given, or `end`: only what comes. Default 0. */
  readonly position?: number | 'end';
  /**
   * CRC-64 of the bytes before `position`, as `FollowedChunk.crc64` told it: then a replacement meanwhile is noticed,
   * too.
   */
  readonly crc64Before?: bigint;
  /** Seconds that one question waits at the server. Default 30. */
  readonly waitSeconds?: number;
  /** Pause between two looks at the length where the server knows no long poll. Default 1000. */
  readonly pollIntervalMs?: number;
  /** How long failures are met with further tries. Default: for ever. */
  readonly retryForMs?: number;
  /** Pauses between tries; `attemptCountMax` has no meaning here. */
  readonly retry?: RetryOptions;
  /** Called before each further try, with what became of the one before. */
  readonly onRetry?: (error: AnnalsError) => void;
  /** Ends the iteration with `Aborted`. */
  readonly signal?: AbortSignal;
}

/** Bytes of an object, in order and without a gap. */
export interface FollowedChunk {
  /** Byte offset of the first of them. */
  readonly position: number;
  readonly bytes: Uint8Array;
  /** Where a follower goes on that has read them. */
  readonly nextPosition: number;
  /** Of the object up to `nextPosition`; `undefined` while it is not known, of a follower that began further on. */
  readonly crc64: bigint | undefined;
}

const WAIT_SECONDS_DEFAULT = 30;
const POLL_INTERVAL_MS_DEFAULT = 1000;

const ONCE = { attemptCountMax: 1 };

/**
 * Gives an object's bytes as they are appended. Ends when the object is sealed, or cannot grow, and everything was
 * given.
 * @throws {OssServiceError} `NoSuchKey` also when the object is deleted meanwhile, `AccessDenied`, ...
 * @throws {AnnalsError} `ObjectReplaced` when the object is not the one that was read any more: it is shorter, has
 * other bytes where these were read, or another version id; `Aborted`.
 */
export async function* follow(
  connection: Connection,
  bucket: string,
  key: string,
  options: FollowOptions = {},
): AsyncGenerator<FollowedChunk, void, void> {
  const { signal, pollIntervalMs = POLL_INTERVAL_MS_DEFAULT, waitSeconds = WAIT_SECONDS_DEFAULT } = options;
  const target = { bucket, key, ...(signal !== undefined && { signal }) };
  const patience = new Patience(connection, options);
  let prefix = await patience.untilAnswered(() => findStart(connection, target, options));
  let isPolling = false;
  for (;;) {
    const before = prefix;
    const finding: Finding = await patience.untilAnswered(() =>
      isPolling
        ? pollLength(connection, target, before)
        : pollLong(connection, target, before, waitSeconds).catch((error: unknown) => {
            throw replacedOr(error, target, before.position);
          }),
    );
    if (finding.kind === 'unknown') {
      isPolling = true;
      continue;
    }
    ({ prefix } = finding);
    if (finding.kind === 'bytes') {
      const { from: position, bytes } = finding;
      yield { position, bytes, nextPosition: prefix.position, crc64: prefix.crc64 };
    } else {
      if (finding.isLast) return;
      if (isPolling) await pause(pollIntervalMs, signal);
    }
  }
}

/** Where a follower begins; what the object is there is looked up once. */
async function findStart(
  connection: Connection,
  target: FollowTarget,
  { position = 0, crc64Before }: FollowOptions,
): Promise<FollowedPrefix> {
  const isKnown = position === 0 || (position !== 'end' && crc64Before !== undefined);
  if (isKnown) return FollowedPrefix.begin(target, position, crc64Before);
  const head = await headObject(connection, { ...target, retry: ONCE });
  return FollowedPrefix.begin(target, position === 'end' ? head.length : position).look(head);
}

/** Repeats questions that failed where another try may succeed. */
class Patience {
  readonly #connection: Connection;
  readonly #options: FollowOptions;

  constructor(connection: Connection, options: FollowOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** @throws {AnnalsError} What no repetition changes; the last failure when `retryForMs` is over, or the follower. */
  async untilAnswered<Result>(ask: () => Promise<Result>): Promise<Result> {
    const { signal, retryForMs = Infinity, retry = {} } = this.#options;
    let firstFailedAtMs: number | undefined;
    for (let failedCount = 1; ; failedCount += 1) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof AnnalsError)) throw error;
        firstFailedAtMs ??= performance.now();
        const isOver = performance.now() - firstFailedAtMs >= retryForMs;
        if (signal?.aborted === true || !isTransient(error) || isOver) throw error;
        this.#options.onRetry?.(error);
        await this.#connection.pauseBeforeRetry(retry, failedCount, error, signal);
      }
    }
  }
}

/** An object never gets shorter; one that did is another one. */
function replacedOr(error: unknown, { bucket, key }: FollowTarget, position: number): unknown {
  if (!(error instanceof AnnalsError && error.code === 'InvalidRange')) return error;
  return new AnnalsError(
    'ObjectReplaced',
    `Cannot follow oss://${bucket}/${key} from position ${position}: the object is shorter`,
    { outcome: 'not-applied', cause: error },
  );
}
