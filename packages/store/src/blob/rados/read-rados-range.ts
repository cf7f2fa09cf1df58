/**
 * Streams a range of a blob piece by piece, a few pieces ahead of its reader. Memory: the pieces ahead. What was asked
 * for is read, and no more.
 */
import type { BlobId, BlobRange } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { assertBlobRange } from '../blob-range.js';
import { type BlobLayout, STRIPE_LENGTH_BYTES, stripeName } from './rados-blob-layout.js';
import { lookAtBlob } from './rados-blobs.js';
import type { RadosPool } from './rados-pool.js';

const PIECE_LENGTH_BYTES = 1024 * 1024;
const PIECES_UNDER_WAY_MAX = 3;

interface Piece {
  readonly name: string;
  /** In the stripe. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Never a short stream. Stopping early waits for nothing.
 * @throws {EngineFailure} `missing-blob`; `corrupt`: the blob is not as long as the range asks, or lacks bytes.
 * @throws {RadosFailure}
 */
export async function* readRadosRange(
  pool: RadosPool,
  blobId: BlobId,
  range: BlobRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const looking = lookAtBlob(pool, blobId);
  // With the first bytes, as almost always stripes have the length that they have now.
  const guessed = new PieceReader(pool, pieces(blobId, range, STRIPE_LENGTH_BYTES));
  guessed.begin(1);
  const layout = await looking;
  if (layout === undefined || layout === 'unfinished') throw new EngineFailure({ kind: 'missing-blob', blobId });
  assertBlobRange(range, layout.length);
  const reader =
    layout.stripeLength === STRIPE_LENGTH_BYTES
      ? guessed
      : new PieceReader(pool, pieces(blobId, range, layout.stripeLength));
  for (;;) {
    const piece = reader.next();
    if (piece === undefined) return;
    const [{ length, name }, bytes] = await piece;
    if (bytes?.length !== length) await refuse(pool, blobId, name, layout);
    else yield bytes;
  }
}

class PieceReader {
  readonly #pool: RadosPool;
  readonly #pieces: Iterator<Piece>;
  readonly #underWay: Promise<readonly [Piece, Uint8Array | undefined]>[] = [];

  constructor(pool: RadosPool, wanted: Iterable<Piece>) {
    this.#pool = pool;
    this.#pieces = wanted[Symbol.iterator]();
  }

  begin(count: number): void {
    while (this.#underWay.length < count) {
      const next = this.#pieces.next();
      if (next.done === true) return;
      const { name, offset, length } = next.value;
      const reading = this.#pool.read(name, offset, length).then((bytes) => [next.value, bytes] as const);
      // One that nobody comes to wait for may fail.
      reading.catch(() => undefined);
      this.#underWay.push(reading);
    }
  }

  /** @returns The next piece; `undefined`: that was all. */
  next(): Promise<readonly [Piece, Uint8Array | undefined]> | undefined {
    this.begin(PIECES_UNDER_WAY_MAX);
    return this.#underWay.shift();
  }
}

function* pieces(blobId: BlobId, { start, end }: BlobRange, stripeLength: number): Generator<Piece, void, undefined> {
  for (let position = start; position < end; ) {
    const offset = position % stripeLength;
    const length = Math.min(end - position, stripeLength - offset, PIECE_LENGTH_BYTES);
    yield { name: stripeName(blobId, Math.floor(position / stripeLength)), offset, length };
    position += length;
  }
}

async function refuse(pool: RadosPool, blobId: BlobId, name: string, { length }: BlobLayout): Promise<never> {
  const now = await lookAtBlob(pool, blobId);
  if (now === undefined || now === 'unfinished') throw new EngineFailure({ kind: 'missing-blob', blobId });
  const detail = `blob ${blobId} of ${length} bytes lacks some: ${name} is shorter, or is not there`;
  throw new EngineFailure({ kind: 'corrupt', detail });
}
