/**
 * Reads a document whose root has many children of one name, some of them at a time, so that no other request waits for
 * the whole. Leaves out what the children mean.
 */

/** How a document is cut. */
export interface PieceShape {
  readonly rootName: string;
  /** Name of the many children. */
  readonly childName: string;
  /** Children of a piece: some milliseconds of reading. */
  readonly childCount: number;
  /** A document with more is not cut: reading the whole says what is wrong with it. */
  readonly childCountMax: number;
}

/**
 * Reads a document in pieces, each of them a whole document with the same root. The whole is right when all pieces are;
 * what must hold for all children together the caller has to check.
 * @param read Reads one piece, or the whole where it cannot be cut; what it throws ends the reading.
 * @param pause Waited for between two pieces.
 * @returns What was read, in order. What is said of the place of a mistake counts from the beginning of its piece.
 */
export async function readInPieces<Result>(
  document: Uint8Array,
  shape: PieceShape,
  read: (piece: Uint8Array | string) => Result,
  pause: () => Promise<void>,
): Promise<readonly Result[]> {
  const pieces = cutBehindChildren(document, shape);
  if (pieces.length < 2) return [read(document)];
  const results: Result[] = [];
  for (const piece of pieces) {
    results.push(read(piece));
    await pause();
  }
  return results;
}

/**
 * @returns None where there are too many, and where something may hide the end of a child: comments, sections,
 * instructions.
 */
function cutBehindChildren(
  document: Uint8Array,
  { rootName, childName, childCount, childCountMax }: PieceShape,
): readonly string[] {
  const text = new TextDecoder('utf-8').decode(document);
  const rootEnd = `</${rootName}>`;
  const childEnd = `</${childName}>`;
  // What stands in front of the children: perhaps a declaration, and the root's own tag.
  const head = new RegExp(`^\\s*(?:<\\?xml\\s[^<>]*\\?>\\s*)?<${rootName}(?:\\s[^<>]*)?>`).exec(text)?.[0];
  const end = text.lastIndexOf(rootEnd);
  if (head === undefined || end < head.length || text.slice(end + rootEnd.length).trim() !== '') return [];
  if (text.includes('\ufffd') || text.includes('<!') || text.indexOf('<?', head.lastIndexOf('<')) >= 0) return [];
  const pieces: string[] = [];
  let start = head.length;
  let count = 0;
  for (let at = text.indexOf(childEnd, start); at >= 0 && at < end; at = text.indexOf(childEnd, at + childEnd.length)) {
    count += 1;
    if (count > childCountMax) return [];
    if (count % childCount > 0) continue;
    pieces.push(head + text.slice(start, at + childEnd.length) + rootEnd);
    start = at + childEnd.length;
  }
  if (text.slice(start, end).trim() !== '' || pieces.length === 0) pieces.push(head + text.slice(start, end) + rootEnd);
  return pieces;
}
