import { EngineFailure } from '@annals/store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSoundDecoder, expectTotalDecoder } from '../../../test/harness/stored-shape.js';
import { storedRowChecks } from './check-stored-rows.js';
import { LIFECYCLE_RUN_CONFIGURATION } from './lifecycle/lifecycle-cursor.js';
import { SCRUB_CONFIGURATION, type StoredScrub } from './scrub/scrub-state.js';

const words = fc.string({ minLength: 1 });
const counts = fc.maxSafeNat();
const times = fc.nat({ max: 4e12 });

const isCorrupt = (error: unknown): boolean => error instanceof EngineFailure && error.reason.kind === 'corrupt';

function checkService(name: string): (value: Uint8Array) => unknown {
  return (value) => {
    storedRowChecks.serviceRow(name, { key: Buffer.from(`S${name}`), value });
    return JSON.parse(Buffer.from(value).toString('utf8'));
  };
}

const cursors = fc.record(
  {
    startedAtMs: times,
    bucket: words,
    place: fc.oneof(
      fc.record(
        {
          kind: fc.constant('versions' as const),
          prefix: words,
          after: fc.record({ key: words, versionId: words }, { requiredKeys: ['key'] }),
          newer: fc.record({ key: words, bornAtMs: times }),
        },
        { requiredKeys: ['kind', 'prefix'] },
      ),
      fc.record(
        {
          kind: fc.constant('uploads' as const),
          prefix: words,
          after: fc.record({ key: words, uploadId: words }, { requiredKeys: ['key'] }),
        },
        { requiredKeys: ['kind', 'prefix'] },
      ),
    ),
  },
  { requiredKeys: ['startedAtMs', 'bucket'] },
);

const rowChecks = {
  rowCount: counts,
  hitCount: counts,
  damageCount: counts,
  contradictionCount: counts,
  orphanBlobCount: counts,
  orphanBlobLengthBytes: counts,
  areSumsLeftOut: fc.boolean(),
  findings: fc.array(
    fc.record(
      {
        kind: fc.constantFrom('row-malformed', 'object-damaged'),
        severity: fc.constantFrom('damage', 'contradiction', 'note'),
        message: words,
        key: words,
        range: fc.record({ start: counts, end: counts }),
      },
      { requiredKeys: ['kind', 'severity', 'message'] },
    ),
    { maxLength: 2 },
  ),
};
const scrubs: fc.Arbitrary<StoredScrub> = fc.record(
  {
    startedAtMs: times,
    extentCount: counts,
    lengthBytes: counts,
    passCount: counts,
    lastPassEndedAtMs: times,
    findingCount: counts,
    findings: fc.array(
      fc.record({ contentId: words, start: counts, end: counts, blobId: words, detail: words, foundAtMs: times }),
      { maxLength: 2 },
    ),
    rows: fc.record({ ...rowChecks, endedAtMs: times }),
    rowsUnderWay: fc.record({ ...rowChecks, next: words, lineCount: counts }),
    isStopped: fc.boolean(),
    after: words,
    rowsDue: fc.constantFrom('soon', 'now'),
  },
  {
    requiredKeys: ['extentCount', 'lengthBytes', 'passCount', 'findingCount', 'findings', 'isStopped'],
  },
);

/** Times may be any number. */
const isAllowed = (path: string, replacement: unknown): boolean =>
  path.endsWith('Ms') && typeof replacement === 'number';

describe('a configuration of the service', () => {
  test.each<[string, fc.Arbitrary<unknown>]>([
    [LIFECYCLE_RUN_CONFIGURATION, cursors],
    [SCRUB_CONFIGURATION, scrubs],
    ['publicAccessBlock', fc.boolean()],
  ])('%s passes as it is written, and is named after any change', (name, values) => {
    expectSoundDecoder({
      values,
      encode: (value) => JSON.stringify(value),
      decode: checkService(name),
      name: `"S${name}"`,
      // A finding that the check of another version wrote may be without a blob.
      isAllowed: (path, replacement) => isAllowed(path, replacement) || path.endsWith('.blobId'),
    });
  });

  test.each([LIFECYCLE_RUN_CONFIGURATION, SCRUB_CONFIGURATION, 'publicAccessBlock', 'of another version'])(
    '%s: any JSON passes, or is the error of the row',
    (name) => expectTotalDecoder(checkService(name), isCorrupt),
  );
});

test.each([...'agklprsuvx'])('a row of accounts A%s: any JSON passes, or is the error of the row', (letter) => {
  const key = Buffer.from(letter === 'v' ? 'Av' : `A${letter}name`);
  expectTotalDecoder((value) => storedRowChecks.accountRow({ key, value }), isCorrupt);
});

test('a row of accounts of a kind that there is not is named', () => {
  const row = { key: Buffer.from('Axname'), value: Buffer.from('{}') };
  expect(() => storedRowChecks.accountRow(row)).toThrow(
    expect.objectContaining({ reason: { kind: 'corrupt', detail: '"Ax" begins no row of accounts' } }),
  );
});
