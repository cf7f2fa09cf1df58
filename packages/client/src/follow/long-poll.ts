/**
 * Follows an object by questions that wait at the server until there are bytes: `follow=once`, an extension of Annals.
 * Leaves out servers without it (`length-poll.ts`).
 */
import type { Connection } from '../connection/connection.js';
import { readLength } from '../connection/response-headers.js';
import { AnnalsError, OssServiceError } from '../error.js';
import { headObject } from '../operations/object/head-object.js';
import type { Finding } from './finding.js';
import type { FollowTarget } from './follow-target.js';
import type { FollowedPrefix } from './followed-prefix.js';

/** An answer to a long poll comes this long after `waitSeconds` at the latest, or not at all. */
const ANSWER_MS_MAX = 30_000;

const ONCE = { attemptCountMax: 1 };

/**
 * Asks once, and waits at the server for bytes.
 * @throws {AnnalsError} `ObjectReplaced` when it is another object than the one that was read, and as `getObject`.
 */
export async function pollLong(
  connection: Connection,
  target: FollowTarget,
  prefix: FollowedPrefix,
  waitSeconds: number,
): Promise<Finding> {
  const { position } = prefix;
  const action = `follow oss://${target.bucket}/${target.key} from position ${position}`;
  let answer: Awaited<ReturnType<Connection['send']>>;
  try {
    answer = await connection.send({
      ...target,
      action,
      method: 'GET',
      query: [
        ['follow', 'once'],
        ['position', String(position)],
        ['wait', String(waitSeconds)],
      ],
      retry: ONCE,
      timeoutMs: waitSeconds * 1000 + ANSWER_MS_MAX,
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
  let bytes: Uint8Array;
  watch.start();
  try {
    bytes = new Uint8Array(await watch.until(response.arrayBuffer()));
  } catch (cause) {
    throw new AnnalsError('NetworkFailed', `Cannot ${action}: the connection broke within the answer`, {
      outcome: 'not-applied',
      cause,
    });
  } finally {
    watch.close();
  }
  const { headers } = response;
  if (bytes.length > 0) checkRangeStart(headers, position, action);
  else if ((readLength(headers, 'x-oss-next-append-position') ?? position) !== position) return { kind: 'unknown' };
  const read = await compare(connection, target, prefix, bytes, headers);
  if (bytes.length > 0) return { kind: 'bytes', from: position, bytes, prefix: read };
  return { kind: 'nothing', prefix: read, isLast: headers.has('x-oss-sealed-time') };
}

/**
 * Holds what was read against what the answer says of the object: its version, and its entity tag of the moment when
 * the question came. Where the tag cannot tell, the object is looked at; not again before that length is reached.
 */
async function compare(
  connection: Connection,
  target: FollowTarget,
  before: FollowedPrefix,
  bytes: Uint8Array,
  headers: Headers,
): Promise<FollowedPrefix> {
  const known = before.ofVersion(headers.get('x-oss-version-id') ?? undefined);
  const after = known.append(bytes);
  const etag = headers.get('etag');
  if (known.isTaggedBy(etag) || after.isTaggedBy(etag) || after.isWatched) return after;
  return after.look(await headObject(connection, { ...target, retry: ONCE }));
}

/** Bytes from another place than asked for are none that were asked for. */
function checkRangeStart(headers: Headers, position: number, action: string): void {
  const [, start] = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '') ?? [];
  if (Number(start) === position) return;
  throw new AnnalsError('InvalidResponse', `Cannot ${action}: the answer has no valid Content-Range`, {
    outcome: 'not-applied',
  });
}

/** Of servers that refuse parameters they do not know, or do not sign them (V1). */
function isQuestionRefused(error: unknown): boolean {
  if (!(error instanceof OssServiceError)) return false;
  return error.status === 501 || error.status === 400 || error.code === 'SignatureDoesNotMatch';
}
