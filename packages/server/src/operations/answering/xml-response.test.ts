import { lazily, renderListObjectsResult } from '@annals/protocol';
import { expect, test } from 'vitest';
import { longXmlResponse } from './xml-response.js';

const ENTRY = { key: 'k', lastModifiedMs: 0, etag: 'E', type: 'Normal', lengthBytes: 1, storageClass: 'Standard' };
const PAGE = { bucket: 'b', maxKeys: 1000, isTruncated: false, commonPrefixes: [] };

test('forty long answers at once make no more entries in a turn of the event loop than one piece has', async () => {
  let turn = 0;
  let isDone = false;
  const count = (): void => {
    turn += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const madeInTurn = new Map<number, number>();
  const owner = { id: 'o', displayName: 'o' };
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => {
      const objects = lazily(Array.from({ length: 1000 }), () => {
        madeInTurn.set(turn, (madeInTurn.get(turn) ?? 0) + 1);
        return { ...ENTRY, owner };
      });
      return longXmlResponse(renderListObjectsResult({ ...PAGE, objects }));
    }),
  );
  isDone = true;
  expect([...madeInTurn.values()].reduce((sum, made) => sum + made, 0)).toBe(40_000);
  // What the test takes for one turn may be the end of one and the beginning of the next.
  expect(Math.max(...madeInTurn.values())).toBeLessThanOrEqual(2 * 250);
  for (const { body } of answers) expect(String(body).match(/<Contents>/g)).toHaveLength(1000);
});
