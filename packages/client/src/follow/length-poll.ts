/** Follows an object on any OSS endpoint: looks at its length, and reads what is new. */
import type { Connection } from '../connection/connection.js';
import { getObject } from '../operations/object/get-object.js';
import { headObject } from '../operations/object/head-object.js';
import { readAll } from '../read-all.js';
import type { Finding } from './finding.js';
import type { FollowTarget } from './follow-target.js';
import type { FollowedPrefix } from './followed-prefix.js';

/** Read at once, as much as a long poll gives. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

const ONCE = { attemptCountMax: 1 };

/**
 * Looks once, and reads what is there.
 * @throws {AnnalsError} `ObjectReplaced` when it is another object than the one that was read, and as `getObject`.
 */
export async function pollLength(
  connection: Connection,
  target: FollowTarget,
  prefix: FollowedPrefix,
): Promise<Finding> {
  const head = await headObject(connection, { ...target, retry: ONCE });
  const looked = prefix.look(head);
  const { position } = looked;
  const isLast = head.sealedAtMs !== undefined || (head.type !== undefined && head.type !== 'Appendable');
  if (position === head.length) return { kind: 'nothing', prefix: looked, isLast };
  const end = Math.min(head.length, position + READ_BYTES_MAX);
  const { body, versionId } = await getObject(connection, { ...target, range: { start: position, end }, retry: ONCE });
  const bytes = await readAll(body);
  return { kind: 'bytes', from: position, bytes, prefix: looked.ofVersion(versionId).append(bytes) };
}
