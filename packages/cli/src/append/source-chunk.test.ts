import { describe, expect, it } from 'vitest';
import { type SourceChunk, wholeLines } from './source-chunk.js';

const bytes = (text: string): SourceChunk => ({ kind: 'bytes', bytes: Buffer.from(text) });
const begin: SourceChunk = {
  kind: 'begin',
  generation: { device: 1, inode: 2, offset: 0, head: { length: 0, crc64: 0n } },
};

async function given(...chunks: readonly SourceChunk[]): Promise<readonly string[]> {
  async function* source(): AsyncGenerator<SourceChunk> {
    yield* chunks;
  }
  const texts: string[] = [];
  for await (const chunk of wholeLines(source())) {
    texts.push(chunk.kind === 'begin' ? '(begin)' : Buffer.from(chunk.bytes).toString());
  }
  return texts;
}

describe('wholeLines', () => {
  it('ends each chunk with a line, and gives the last one as it is', async () => {
    expect(await given(bytes('a\nb'), bytes('c'), bytes('d\ne\nf'))).toEqual(['a\n', 'bcd\ne\n', 'f']);
  });

  it('gives what is left of a file before the next one begins', async () => {
    expect(await given(begin, bytes('a\nb'), begin, bytes('c\n'))).toEqual(['(begin)', 'a\n', 'b', '(begin)', 'c\n']);
  });

  it('does not hold back a line of more than 1 MiB', async () => {
    const half = 'x'.repeat(600 * 1024);
    expect((await given(bytes(half), bytes(half), bytes('\n'))).map((text) => text.length)).toEqual([1_228_800, 1]);
  });
});
