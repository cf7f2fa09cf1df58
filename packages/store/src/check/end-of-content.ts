/** Where a content ends, by its last extent. */
import { decodeExtent } from '../object-store/records/extent-record.js';
import { extentOffsetOf, extentRange } from '../object-store/records/key-space.js';
import type { ContentId } from '../vocabulary/encryption.js';
import type { CheckContext } from './check-context.js';

/** @returns Where the last extent ends; undefined when that cannot be read, which is reported where it is met. */
export async function endOfContent({ keyValues }: CheckContext, contentId: ContentId): Promise<number | undefined> {
  try {
    const [last] = await keyValues.list({ ...extentRange(contentId), limit: 1, reverse: true });
    return last === undefined ? 0 : extentOffsetOf(last.key) + decodeExtent(last.value).length;
  } catch {
    return undefined;
  }
}
