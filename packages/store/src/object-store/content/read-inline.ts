/**
 * Reads a short range of a content in one piece: that of an object which is one inline extent. One read of a row,
 * which may be in memory, and no stream. Leaves out everything longer (`read-content.ts`).
 */
import type { ContentId } from '../../vocabulary/encryption.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeExtent, verifyInlineExtent } from '../records/extent-record.js';
import { extentKey } from '../records/key-space.js';
import type { ByteRange } from './read-content.js';

const NOTHING = new Uint8Array();

/**
 * @returns The bytes, verified; `undefined` where they do not begin with a row and lie in it alone.
 * @throws {EngineFailure} `corrupt`, `key-unavailable`, `unavailable`.
 */
export async function readInline(
  { keyValues, contentKeys, settings }: Pick<StoreContext, 'keyValues' | 'contentKeys' | 'settings'>,
  contentId: ContentId,
  { start, end }: ByteRange,
): Promise<Uint8Array | undefined> {
  const length = end - start;
  if (length === 0) return NOTHING;
  // What a get brings is counted when it is there, and many begin in one turn: long rows are left to lists.
  if (length > settings.inlineLengthMax) return undefined;
  const entry = await keyValues.get(extentKey(contentId, start));
  if (entry === undefined) return undefined;
  const extent = decodeExtent(entry.value);
  if (extent.length < length) return undefined;
  switch (extent.kind) {
    case 'inline':
      verifyInlineExtent(extent);
      return extent.bytes.length === length ? extent.bytes : extent.bytes.subarray(0, length);
    case 'sealed-inline': {
      const cipher = await contentKeys.open(contentId);
      return cipher.openInline(extent.sealed, start).bytes.subarray(0, length);
    }
    default:
      return undefined;
  }
}
