/**
 * The files of a spool: their names, and how far each of them is whole. Leaves out reading chunks (`spool-reader.ts`).
 */
import { type FileHandle, open, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { AnnalsError } from '../error.js';
import { GROUP_MARK, readGroup } from './spool-group.js';

/** One file of a spool. */
export interface Segment {
  /** Accepted bytes before it. */
  readonly startOffset: number;
  /** Accepted bytes in it. */
  length: number;
  /** Length of the file as far as its groups are whole. */
  fileLength: number;
}

const SEGMENT_NAME = /^(\d{16})\.spool$/;

/** Read at once when a mark is looked for. */
const SEARCH_LENGTH = 256 * 1024;

/** Name of the file whose first byte has this offset. */
export function segmentName(startOffset: number): string {
  return `${String(startOffset).padStart(16, '0')}.spool`;
}

/**
 * Finds the segments of a folder. What stands behind the last whole group of the last one was never accepted, and is
 * cut off. A group that is not whole anywhere else was accepted.
 * @throws {AnnalsError} `SpoolDamaged`.
 */
export async function listSegments(folder: string): Promise<Segment[]> {
  const offsets = (await readdir(folder)).flatMap((name) => {
    const [, offset] = SEGMENT_NAME.exec(name) ?? [];
    return offset === undefined ? [] : [Number(offset)];
  });
  offsets.sort((one, other) => one - other);
  const segments: Segment[] = [];
  for (const [index, startOffset] of offsets.entries()) {
    const segment = await measureSegment(folder, startOffset);
    const endOffset = startOffset + segment.length;
    if ((offsets[index + 1] ?? endOffset) !== endOffset) throw damagedSpool(folder, endOffset);
    segments.push(segment);
  }
  const last = segments.at(-1);
  if (last !== undefined) await truncate(join(folder, segmentName(last.startOffset)), last.fileLength);
  return segments;
}

/** A spool whose bytes are not those that were accepted. @param offset Accepted bytes that can still be read. */
export function damagedSpool(folder: string, offset: number): AnnalsError {
  return new AnnalsError(
    'SpoolDamaged',
    `Cannot use the spool "${folder}": its bytes at offset ${offset} are damaged`,
    { outcome: 'not-applied' },
  );
}

async function measureSegment(folder: string, startOffset: number): Promise<Segment> {
  const file = await open(join(folder, segmentName(startOffset)), 'r');
  try {
    const { size } = await file.stat();
    const segment: Segment = { startOffset, length: 0, fileLength: 0 };
    while (segment.fileLength < size) {
      const group = await readGroup(file, segment.fileLength, size);
      if (group === undefined || group.offset !== startOffset + segment.length) {
        if (await hasGroupBehind(file, segment.fileLength, size)) {
          throw damagedSpool(folder, startOffset + segment.length);
        }
        break;
      }
      for (const { length } of group.chunks) segment.length += length;
      segment.fileLength += group.fileLength;
    }
    return segment;
  } finally {
    await file.close();
  }
}

/** Whether a whole group stands anywhere behind a place. */
async function hasGroupBehind(file: FileHandle, position: number, fileLength: number): Promise<boolean> {
  const block = Buffer.alloc(SEARCH_LENGTH);
  // Blocks overlap by what a mark cut by the end of the one before has of it.
  for (let start = position + 1; start < fileLength; start += SEARCH_LENGTH - (GROUP_MARK.length - 1)) {
    const { bytesRead } = await file.read(block, 0, SEARCH_LENGTH, start);
    const bytes = block.subarray(0, bytesRead);
    for (let found = bytes.indexOf(GROUP_MARK); found >= 0; found = bytes.indexOf(GROUP_MARK, found + 1)) {
      if ((await readGroup(file, start + found, fileLength)) !== undefined) return true;
    }
  }
  return false;
}
