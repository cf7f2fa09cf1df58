import { describe, expect, it } from 'vitest';
import { collectPieces, type PieceOptions } from './collect-pieces.js';

const NEVER_FLUSH = 2 ** 31 - 1;
const decoder = new TextDecoder();

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function piecesOf(source: AsyncIterable<Uint8Array>, options: PieceOptions): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of collectPieces(source, options)) pieces.push(decoder.decode(piece));
  return pieces;
}

describe('collectPieces', () => {
  it.each([
    [['abc'], 10, ['abc']],
    [['ab', 'cd', 'e'], 4, ['abcd', 'e']],
    [['abcdefghij'], 4, ['abcd', 'efgh', 'ij']],
    [['abc', 'defgh'], 4, ['abcd', 'efgh']],
    [['a', '', 'b'], 1, ['a', 'b']],
    [['', ''], 4, []],
    [[], 4, []],
  ])('cuts %j into pieces of at most %i bytes', async (texts, chunkBytes, expected) => {
    expect(await piecesOf(chunks(...texts), { chunkBytes, flushIntervalMs: NEVER_FLUSH })).toEqual(expected);
  });

  it('gives out what has come although the source goes on', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* chunks('first');
      await finished;
      yield* chunks('last');
    }
    const pieces = collectPieces(source(), { chunkBytes: 100, flushIntervalMs: 1 });
    expect(decoder.decode((await pieces.next()).value ?? undefined)).toBe('first');
    finish();
    expect(decoder.decode((await pieces.next()).value ?? undefined)).toBe('last');
    expect((await pieces.next()).done).toBe(true);
  });

  it('gives out everything that came before the source failed, then fails', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* chunks('ab', 'c');
      throw new Error('The tape is torn');
    }
    const seen: string[] = [];
    await expect(async () => {
      for await (const piece of collectPieces(source(), { chunkBytes: 2, flushIntervalMs: NEVER_FLUSH })) {
        seen.push(decoder.decode(piece));
      }
    }).rejects.toThrow('The tape is torn');
    expect(seen).toEqual(['ab', 'c']);
  });

  it('reads no more than one chunk ahead of a slow receiver', async () => {
    let readCount = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (;;) {
        readCount += 1;
        yield* chunks('x');
      }
    }
    const pieces = collectPieces(source(), { chunkBytes: 1, flushIntervalMs: NEVER_FLUSH });
    await pieces.next();
    await new Promise(setImmediate);
    expect(readCount).toBe(2);
    await pieces.return();
  });

  it('lets the source clean up when the receiver leaves', async () => {
    await new Promise<void>((resolve) => {
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          yield* chunks('a', 'b', 'c');
        } finally {
          resolve();
        }
      }
      const pieces = collectPieces(source(), { chunkBytes: 1, flushIntervalMs: NEVER_FLUSH });
      void pieces.next().then(() => pieces.return());
    });
  });
});
