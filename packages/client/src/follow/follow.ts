/**
 * Follows an object while it grows: gives its bytes from any position, then what is appended, and goes on by itself
 * after failures of the network and the server. Asks by long poll where the server knows it, by its length elsewhere
 * (`length-poll.ts`). Leaves out lines (`lines.ts`).
 */
import type { RetryOptions } from '../client-options.js';
import { type Connection, isTransient } from '../connection/connection.js';
import { pause } from '../connection/pause.js';
import { readLength } from '../connection/response-headers.js';
import { AnnalsError, OssServiceError } from '../error.js';
import type { Finding, FollowTarget } from './finding.js';
import { pollLength } from './length-poll.js';

/** Where a follower begins, and how patient it is. */
export interface FollowOptions {
  /** Byte offset of the first byte that is given, or `end`: only what comes. Default 0. */
  readonly position?: number | 'end';
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
}

const WAIT_SECONDS_DEFAULT = 30;
const POLL_INTERVAL_MS_DEFAULT = 1000;

/** An answer to a long poll comes this long after `waitSeconds` at the latest, or not at all. */
const ANSWER_MS_MAX = 30_000;

const ONCE = { attemptCountMax: 1 };

/**
 * Gives an object's bytes as they are appended. Ends when the object is sealed, or cannot grow, and everything was
 * given.
 * @throws {OssServiceError} `NoSuchKey` also when the object is deleted meanwhile, `AccessDenied`, ...
 * @throws {AnnalsError} `ObjectReplaced` when the object is shorter than what was read of it; `Aborted`.
 */
export async function* follow(
  connection: Connection,
  bucket: string,
  key: string,
  options: FollowOptions = {},
): AsyncGenerator<FollowedChunk, void, void> {
  const { signal, pollIntervalMs = POLL_INTERVAL_MS_DEFAULT, retryForMs = Infinity } = options;
  const target = { bucket, key, ...(signal !== undefined && { signal }) };
  let position = options.position ?? 0;
  let isPolling = false;
  let failedCount = 0;
  let firstFailedAtMs: number | undefined;
  for (;;) {
    let finding: Finding;
    try {
      finding = isPolling
        ? await pollLength(connection, target, position)
        : await pollLong(connection, target, position, options.waitSeconds ?? WAIT_SECONDS_DEFAULT);
      failedCount = 0;
      firstFailedAtMs = undefined;
    } catch (error) {
      if (!(error instanceof AnnalsError)) throw error;
      firstFailedAtMs ??= performance.now();
      const isOver = performance.now() - firstFailedAtMs >= retryForMs;
      if (signal?.aborted === true || !isTransient(error) || isOver) throw replacedOr(error, target, position);
      options.onRetry?.(error);
      failedCount += 1;
      await connection.pauseBeforeRetry(options.retry ?? {}, failedCount, error, signal);
      continue;
    }
    if (finding.kind === 'unknown') {
      isPolling = true;
    } else if (finding.kind === 'bytes') {
      const { bytes } = finding;
      position = finding.position + bytes.length;
      yield { position: finding.position, bytes, nextPosition: position };
    } else {
      position = finding.position;
      if (finding.isLast) return;
      if (isPolling) await pause(pollIntervalMs, signal);
    }
  }
}

/** Asks once, and waits at the server for bytes. The end itself is asked for without waiting, so that it is known. */
async function pollLong(
  connection: Connection,
  target: FollowTarget,
  position: number | 'end',
  waitSeconds: number,
): Promise<Finding> {
  const action = `follow oss://${target.bucket}/${target.key} from position ${position}`;
  const wait = position === 'end' ? 0 : waitSeconds;
  let answer: Awaited<ReturnType<Connection['send']>>;
  try {
    answer = await connection.send({
      ...target,
      action,
      method: 'GET',
      query: [
        ['follow', 'once'],
        ['position', String(position)],
        ['wait', String(wait)],
      ],
      retry: ONCE,
      timeoutMs: wait * 1000 + ANSWER_MS_MAX,
    });
  } catch (error) {
    if (isQuestionRefused(error)) return { kind: 'unknown' };
    throw error;
  }
  const { response, watch } = answer;
  if (response.status !== 204 && response.status !== 206) {
    // A server that does not know the question gives the whole object.
    watch.close();
    await response.body?.cancel();
    return { kind: 'unknown' };
  }
  watch.start();
  try {
    const bytes = new Uint8Array(await response.arrayBuffer());
    const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
    if (bytes.length > 0) return { kind: 'bytes', position: rangeStart(start, position, action), bytes };
  } catch (cause) {
    if (cause instanceof AnnalsError) throw cause;
    throw new AnnalsError('NetworkFailed', `Cannot ${action}: the connection broke within the answer`, {
      outcome: 'not-applied',
      cause,
    });
  } finally {
    watch.close();
  }
  const end = readLength(response.headers, 'x-oss-next-append-position') ?? (position === 'end' ? undefined : position);
  if (end === undefined) return { kind: 'unknown' };
  return { kind: 'nothing', position: end, isLast: response.headers.has('x-oss-sealed-time') };
}

/** Bytes from another place than asked for are none that were asked for. */
function rangeStart(text: string | undefined, position: number | 'end', action: string): number {
  const start = Number(text);
  if (text !== undefined && (position === 'end' || start === position)) return start;
  throw new AnnalsError('InvalidResponse', `Cannot ${action}: the answer has no valid Content-Range`, {
    outcome: 'not-applied',
  });
}

/** Of servers that refuse parameters they do not know, or do not sign them (V1). */
function isQuestionRefused(error: unknown): boolean {
  if (!(error instanceof OssServiceError)) return false;
  return error.status === 501 || error.status === 400 || error.code === 'SignatureDoesNotMatch';
}

/** An object never gets shorter; one that did is another one. */
function replacedOr(error: AnnalsError, { bucket, key }: FollowTarget, position: number | 'end'): AnnalsError {
  if (error.code !== 'InvalidRange') return error;
  return new AnnalsError(
    'ObjectReplaced',
    `Cannot follow oss://${bucket}/${key} from position ${position}: the object is shorter`,
    { outcome: 'not-applied', cause: error },
  );
}
