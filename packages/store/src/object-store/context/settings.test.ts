import { expect, test } from 'vitest';
import { ossEtagFormat } from './etag-format.js';
import { buildObjectStoreSettings, defaultObjectStoreSettings } from './settings.js';

test('buildObjectStoreSettings lays changes over the defaults', () => {
  expect(buildObjectStoreSettings()).toEqual(defaultObjectStoreSettings);
  const settings = buildObjectStoreSettings({ inlineLengthMax: 1, appendable: { overwrite: 'allow' } });
  expect([settings.inlineLengthMax, settings.loneInlineLengthMax]).toEqual([1, 1]);
  expect(buildObjectStoreSettings({ inlineLengthMax: 1, loneInlineLengthMax: 2 }).loneInlineLengthMax).toBe(2);
  expect(settings.appendable).toEqual({ ...defaultObjectStoreSettings.appendable, overwrite: 'allow' });
});

test.each([
  [{ inlineLengthMax: -1 }, 'Cannot use -1 as "inlineLengthMax": expected an integer of at least 0'],
  [
    { compaction: { extentCountMin: 1 } },
    'Cannot use 1 as "compaction.extentCountMin": expected an integer of at least 2',
  ],
  [{ garbageGraceMs: 0.5 }, 'Cannot use 0.5 as "garbageGraceMs": expected an integer of at least 0'],
])('buildObjectStoreSettings refuses %o', (change, message) => {
  expect(() => buildObjectStoreSettings(change)).toThrow(message);
});

test('ossEtagFormat gives the etag of the documented example', () => {
  // CRC-64 and time of the example of AppendObject in the API reference of 2018.
  expect(ossEtagFormat.ofAppendable(14741617095266562575n, 1_436_338_621_000)).toBe('0F7230CAA4BE94CCBDC99C5500000000');
  expect(ossEtagFormat.ofWhole(Buffer.from('d41d8cd98f00b204e9800998ecf8427e', 'hex'))).toBe(
    'D41D8CD98F00B204E9800998ECF8427E',
  );
});
