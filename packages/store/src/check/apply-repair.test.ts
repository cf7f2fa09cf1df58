import { expect, test } from 'vitest';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { applyRepair } from './apply-repair.js';

test('a repair is not made when the row has changed since', async () => {
  const keyValues = openMemoryKeyValueStore();
  const key = Buffer.from('C');
  const repair = { name: 'x', changes: [{ key, before: Buffer.from('a'), after: Buffer.from('b') }] };
  expect(await applyRepair(keyValues, repair)).toBe(false);
  await keyValues.commit({ puts: [{ key, value: Buffer.from('c') }] });
  expect(await applyRepair(keyValues, repair)).toBe(false);
  expect(Buffer.from((await keyValues.get(key))?.value ?? []).toString()).toBe('c');
});
