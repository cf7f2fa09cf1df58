import fc from 'fast-check';
import { expect, test } from 'vitest';
import { md5 } from './node/md5.js';
import { ResumableMd5 } from './resumable-md5.js';

test('a hash that is kept between any two pieces is that of the whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), async (pieces) => {
      let state = (await ResumableMd5.open()).save();
      for (const piece of pieces) state = (await ResumableMd5.open(state)).update(piece).save();
      expect((await ResumableMd5.open(state)).digest()).toEqual(md5(Buffer.concat(pieces)));
    }),
    { numRuns: 100 },
  );
});

test.each([0, 10, 155, 157])('%i bytes are no state', async (length) => {
  await expect(ResumableMd5.open(new Uint8Array(length))).rejects.toThrow();
});

test('a state of something else is refused', async () => {
  const state = (await ResumableMd5.open()).save();
  state[0] = (state[0] as number) ^ 1;
  await expect(ResumableMd5.open(state)).rejects.toThrow();
});
