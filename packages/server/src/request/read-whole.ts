/** Reads a short body into one run of bytes, in memory in proportion to its bytes and not to its pieces. */
import { PieceGatherer } from '@annals/checksum';

/**
 * Reads it.
 * @param lengthMax Bytes it may have.
 * @throws What `tooLarge` makes when there are more, and what the body throws.
 */
export async function readWhole(
  body: AsyncIterable<Uint8Array>,
  lengthMax: number,
  tooLarge: () => Error,
): Promise<Uint8Array> {
  const gatherer = new PieceGatherer();
  const pieces: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const piece of body) {
    lengthBytes += piece.length;
    if (lengthBytes > lengthMax) throw tooLarge();
    pieces.push(...gatherer.add(piece));
  }
  const rest = gatherer.flush();
  if (rest !== undefined) pieces.push(rest);
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, lengthBytes);
}
