/** Follows an object on any OSS endpoint: looks at its length, and reads what is new. */
import type { Connection } from '../connection/connection.js';
import { AnnalsError } from '../error.js';
import { getObject } from '../operations/object/get-object.js';
import { headObject } from '../operations/object/head-object.js';
import { readAll } from '../read-all.js';
import type { Finding, FollowTarget } from './finding.js';

/** Read at once, as much as a long poll gives. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

const ONCE = { attemptCountMax: 1 };

/**
 * Looks once, and reads what is there.
 * @throws {AnnalsError} `ObjectReplaced` when the object is shorter than `position`, and as `getObject`.
 */
export async function pollLength(
  connection: Connection,
  target: FollowTarget,
  position: number | 'end',
): Promise<Finding> {
  const { bucket, key } = target;
  const head = await headObject(connection, { ...target, retry: ONCE });
  const isLast = head.sealedAtMs !== undefined || (head.type !== undefined && head.type !== 'Appendable');
  if (position === 'end' || position === head.length) return { kind: 'nothing', position: head.length, isLast };
  if (position > head.length) {
    throw new AnnalsError(
      'ObjectReplaced',
      `Cannot follow oss://${bucket}/${key} from position ${position}: the object has a length of ${head.length}`,
      { outcome: 'not-applied' },
    );
  }
  const end = Math.min(head.length, position + READ_BYTES_MAX);
  const { body } = await getObject(connection, { ...target, range: { start: position, end }, retry: ONCE });
  return { kind: 'bytes', position, bytes: await readAll(body) };
}
