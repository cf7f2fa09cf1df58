/** For tests: puts together a document that is written in pieces. */
import type { XmlPieces } from './render-long-xml.js';

/** @returns The pieces, the returned one last. */
export function piecesOf(pieces: XmlPieces): readonly string[] {
  const texts: string[] = [];
  for (;;) {
    const { value, done } = pieces.next();
    texts.push(value);
    if (done === true) return texts;
  }
}

/** @returns The whole document. */
export function written(pieces: XmlPieces): string {
  return piecesOf(pieces).join('');
}
