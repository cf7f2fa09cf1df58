/** Whether there is anything of a content. */
import { extentRange, referenceRange } from '../object-store/records/key-space.js';
import type { ContentId } from '../vocabulary/encryption.js';
import type { CheckContext } from './check-context.js';

/** @returns Whether a content has bytes, or is referred to; rows that cannot be read count as one of them. */
export async function isContent(
  { keyValues }: Pick<CheckContext, 'keyValues'>,
  contentId: ContentId,
): Promise<boolean> {
  const found = await Promise.all(
    [extentRange(contentId), referenceRange(contentId)].map((range) =>
      keyValues.list({ ...range, limit: 1 }).catch(() => ['unreadable']),
    ),
  );
  return found.some((rows) => rows.length > 0);
}
