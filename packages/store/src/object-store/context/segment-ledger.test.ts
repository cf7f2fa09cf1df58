import { expect, test } from 'vitest';
import type { BlobSegments } from '../../contract/blob-store.js';
import { ContentPins } from './content-pins.js';
import { SegmentLedger } from './segment-ledger.js';

const segments: BlobSegments = {
  segmentOf: (blobId) => (blobId.startsWith('own') ? undefined : blobId.slice(0, 2)),
  ids: () => ['aa'],
  describe: async () => undefined,
  delete: async () => undefined,
  observe: () => undefined,
  adopt: () => undefined,
  release: () => undefined,
  forget: () => undefined,
};

test('a segment is due when an eighth of what was alive has died, and at the first death', () => {
  const ledger = new SegmentLedger({ segments });
  ledger.noteDeath('own-file');
  expect(ledger.due()).toEqual([]);
  ledger.noteDeath('aa1');
  expect(ledger.due()).toEqual(['aa']);
  ledger.noteLook('aa', { liveCount: 16, deadLength: 500 });
  expect(ledger.debt()).toEqual({ segmentCount: 1, deadLength: 500 });
  ledger.noteDeath('aa2');
  ledger.noteDeath('aa3');
  expect(ledger.isDue('aa')).toBe(false);
  ledger.noteDeath('aa4');
  expect(ledger.isDue('aa')).toBe(true);
});

test('an engine without segments has none that are due', () => {
  const ledger = new SegmentLedger({});
  ledger.noteDeath('aa1');
  expect(ledger.due()).toEqual([]);
});

test('an emptied segment may go when those have ended who were there, and others do not count', () => {
  const ledger = new SegmentLedger({ segments });
  const pins = new ContentPins();
  const before = [pins.pin('one'), pins.pin('two'), pins.hold({ holds: () => false })];
  ledger.noteEmptied('aa', pins.quiescence());
  const endLater = pins.pin('one');
  for (const end of before) {
    expect(ledger.removable()).toEqual([]);
    end();
    end();
  }
  expect(ledger.removable()).toEqual(['aa']);
  ledger.forget('aa');
  expect(ledger.removable()).toEqual([]);
  endLater();
});
