/** What a source of appended bytes gives, and cutting it at the ends of lines. */

/** Bytes in their order, or the news that the bytes from here on come from another file. */
export type SourceChunk =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'begin'; readonly generation: FileGeneration };

/** One file under a path: after a rotation, another one has the path. */
export interface FileGeneration {
  readonly device: number;
  readonly inode: number;
  /** Offset in the file of the first byte that is read. */
  readonly offset: number;
  /** How the file begins, as far as that was read: another file may get the number of one that was deleted. */
  readonly head: FileHead;
}

/** The first bytes of a file. */
export interface FileHead {
  /** 0 to 256. */
  readonly length: number;
  readonly crc64: bigint;
}

/** Longest beginning of a line that is held back. */
const LINE_BYTES_MAX = 1024 * 1024;
const NEWLINE = 10;

/**
 * Gives the same bytes in chunks that end with a line, so that no line is split where a writer goes on to its next
 * object. A line of more than 1 MiB is split; what is left at the end of a file or of the source is given as it is.
 */
export async function* wholeLines(source: AsyncIterable<SourceChunk>): AsyncGenerator<SourceChunk, void, void> {
  let held: Uint8Array[] = [];
  let heldLength = 0;
  const release = (): SourceChunk => {
    const bytes = Buffer.concat(held);
    held = [];
    heldLength = 0;
    return { kind: 'bytes', bytes };
  };
  for await (const chunk of source) {
    if (chunk.kind === 'begin') {
      if (heldLength > 0) yield release();
      yield chunk;
      continue;
    }
    const end = chunk.bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      held.push(chunk.bytes.subarray(0, end));
      yield release();
    }
    const rest = chunk.bytes.subarray(end);
    if (rest.length === 0) continue;
    // The reader of the source may use its buffer again.
    held.push(Uint8Array.from(rest));
    heldLength += rest.length;
    if (heldLength >= LINE_BYTES_MAX) yield release();
  }
  if (heldLength > 0) yield release();
}
