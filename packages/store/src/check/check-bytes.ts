/**
 * Compares what an object or a part says of its bytes with the extents of its content: that they are all there, their
 * CRC-64, and which of them are damaged.
 */
import { Crc64, combineCrc64 } from '@annals/checksum';
import { SLICE_DEPTH_MAX } from '../object-store/content/read-content.js';
import { decodeExtent, type Extent } from '../object-store/records/extent-record.js';
import { extentKey, extentOffsetOf, extentRange } from '../object-store/records/key-space.js';
import type { ContentId } from '../vocabulary/encryption.js';
import type { CheckContext } from './check-context.js';
import type { DamagedRange } from './damaged-bytes.js';
import { walkRows } from './walk-rows.js';

/** What is known of the bytes of a version or a part. */
export interface BytesVerdict {
  /** In offsets of the version. */
  readonly damaged: readonly DamagedRange[];
  /** Undefined: it cannot be told, since bytes are damaged, or encrypted with a key that is not at hand. */
  readonly isChecksumRight: boolean | undefined;
}

/** @param bytes The first `length` bytes of a content, and their CRC-64 as their owner's row has it. */
export async function checkBytes(
  context: CheckContext,
  bytes: { readonly contentId: ContentId; readonly length: number; readonly crc64: bigint },
): Promise<BytesVerdict> {
  const { contentId, length } = bytes;
  const damaged: DamagedRange[] = [];
  const { end, checksum, gaps } = await addUp(context, contentId, length);
  damaged.push(...gaps);
  // Damage inside rows that are there was found when they were checked.
  damaged.push(...(await damagedWithin(context, contentId, 0, Math.min(length, end), 0)));
  if (end < length) damaged.push({ start: end, end: length });
  const isKnown = checksum !== undefined && damaged.length === 0;
  return { damaged: merged(damaged), isChecksumRight: isKnown ? checksum === bytes.crc64 : undefined };
}

/** @returns How far the extents go, what is missing between them, and the CRC-64 of all. */
async function addUp(
  context: CheckContext,
  contentId: ContentId,
  length: number,
): Promise<{ readonly end: number; readonly checksum: bigint | undefined; readonly gaps: readonly DamagedRange[] }> {
  const gaps: DamagedRange[] = [];
  let end = 0;
  let checksum: bigint | undefined = 0n;
  if (length === 0) return { end, checksum, gaps };
  const range = { start: extentRange(contentId).start, end: extentKey(contentId, length) };
  for await (const { entry } of walkRows(context.keyValues, range)) {
    const extent = entry === undefined ? undefined : tryDecode(entry.value);
    if (entry === undefined || extent === undefined) {
      // What it had is missing where the next one begins.
      checksum = undefined;
      continue;
    }
    const offset = extentOffsetOf(entry.key);
    if (offset !== end) {
      gaps.push({ start: Math.min(offset, end), end: Math.max(offset, end) });
      checksum = undefined;
    }
    const taken = Math.min(extent.length, length - offset);
    const part: bigint | undefined = await checksumOf(context, contentId, offset, extent, taken);
    checksum = checksum === undefined || part === undefined ? undefined : combineCrc64(checksum, part, taken);
    end = offset + taken;
  }
  return { end, checksum, gaps };
}

async function checksumOf(
  context: CheckContext,
  contentId: ContentId,
  offset: number,
  extent: Extent,
  taken: number,
): Promise<bigint | undefined> {
  if (extent.kind !== 'sealed-inline' && taken === extent.length) return extent.crc64;
  try {
    if (extent.kind === 'sealed-inline' && taken === extent.length) {
      const cipher = await context.contentKeys.open(contentId);
      return cipher.openInline(extent.sealed, offset).crc64;
    }
    // A version that ends inside an extent: extents were merged since it was made.
    const checksum = new Crc64();
    for await (const chunk of context.read(contentId, { start: offset, end: offset + taken })) checksum.update(chunk);
    return checksum.digest();
  } catch {
    return undefined;
  }
}

/** @returns Damaged bytes of a content, also those of the contents that its slices lie in. */
async function damagedWithin(
  context: CheckContext,
  contentId: ContentId,
  start: number,
  end: number,
  depth: number,
): Promise<DamagedRange[]> {
  const { damagedBytes } = context;
  if (damagedBytes.isEmpty || depth > SLICE_DEPTH_MAX || start >= end) return [];
  const damaged = [...damagedBytes.within(contentId, start, end)];
  for await (const { entry } of walkRows(context.keyValues, {
    start: extentRange(contentId).start,
    end: extentKey(contentId, end),
  })) {
    const offset = entry === undefined ? 0 : extentOffsetOf(entry.key);
    const extent = entry === undefined ? undefined : tryDecode(entry.value);
    if (extent?.kind !== 'slice' || offset + extent.length <= start) continue;
    const from = Math.max(start, offset) - offset + extent.start;
    const to = Math.min(end, offset + extent.length) - offset + extent.start;
    for (const range of await damagedWithin(context, extent.contentId, from, to, depth + 1)) {
      damaged.push({ start: range.start - extent.start + offset, end: range.end - extent.start + offset });
    }
  }
  return damaged;
}

function tryDecode(value: Uint8Array): Extent | undefined {
  try {
    return decodeExtent(value);
  } catch {
    return undefined;
  }
}

function merged(ranges: readonly DamagedRange[]): readonly DamagedRange[] {
  const sorted = [...ranges].sort((left, right) => left.start - right.start);
  const result: DamagedRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last !== undefined && range.start <= last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else result.push(range);
  }
  return result;
}
