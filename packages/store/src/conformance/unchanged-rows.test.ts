import { expect, test } from 'vitest';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { watchRows } from './unchanged-rows.js';

const ALL = { start: Buffer.from('a'), end: Buffer.from('z'), limit: 9 };

test.each(['put', 'got', 'listed'] as const)('a change of bytes that were %s is noticed', async (which) => {
  const { keyValues, assertUnchanged } = watchRows(openMemoryKeyValueStore());
  const put = Buffer.from('value');
  await keyValues.commit({ puts: [{ key: Buffer.from('k'), value: put }] });
  const got = (await keyValues.get(Buffer.from('k')))?.value;
  const listed = (await keyValues.list(ALL))[0]?.value;
  ({ put, got, listed })[which]?.fill(0);
  expect(assertUnchanged).toThrow('Bytes of a row were changed');
});

test('nothing is noticed where nothing was changed', async () => {
  const { keyValues, assertUnchanged } = watchRows(openMemoryKeyValueStore());
  for (let number = 0; number < 5000; number += 1) {
    await keyValues.commit({ puts: [{ key: Buffer.from('k'), value: Buffer.from(`${number}`) }] });
    await keyValues.get(Buffer.from('k'));
  }
  await keyValues.commit({ deletes: [Buffer.from('k')] });
  expect(assertUnchanged).not.toThrow();
});
