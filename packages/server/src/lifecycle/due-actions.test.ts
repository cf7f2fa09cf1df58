import { type LifecycleRule, parseLifecycleConfiguration } from '@annals/protocol';
import { describe, expect, test } from 'vitest';
import {
  dueAtMs,
  dueForCurrent,
  dueForNoncurrent,
  expiryOfCurrent,
  type JudgedVersion,
  ruleForLoneMarker,
  ruleForUpload,
} from './due-actions.js';

const DAY_MS = 86_400_000;
const MIDNIGHT_MS = Date.UTC(2026, 0, 10);

function rulesOf(...contents: string[]): readonly LifecycleRule[] {
  const rules = contents.map((content, index) => `<Rule><ID>r${index}</ID><Status>Enabled</Status>${content}</Rule>`);
  return parseLifecycleConfiguration(`<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`).rules;
}

function version(change: Partial<JudgedVersion> = {}): JudgedVersion {
  return {
    key: 'logs/a',
    type: 'normal',
    length: 100,
    tags: {},
    storageClass: 'Standard',
    lastModifiedAtMs: MIDNIGHT_MS - 10 * DAY_MS,
    ...change,
  };
}

const EXPIRE = '<Expiration><Days>10</Days></Expiration>';
const transition = (days: number, storageClass: string) =>
  `<Transition><Days>${days}</Days><StorageClass>${storageClass}</StorageClass></Transition>`;

test('dueAtMs is the first midnight at or after so many days', () => {
  expect(dueAtMs(MIDNIGHT_MS, 1)).toBe(MIDNIGHT_MS + DAY_MS);
  expect(dueAtMs(MIDNIGHT_MS + 1, 1)).toBe(MIDNIGHT_MS + 2 * DAY_MS);
  expect(dueAtMs(MIDNIGHT_MS + DAY_MS - 1, 1)).toBe(MIDNIGHT_MS + 2 * DAY_MS);
});

describe('expiryOfCurrent', () => {
  const BY_DATE = '<Expiration><CreatedBeforeDate>2026-01-05T00:00:00.000Z</CreatedBeforeDate></Expiration>';

  test('is the moment from which dueForCurrent expires, and not a millisecond earlier', () => {
    for (const rules of [rulesOf(EXPIRE), rulesOf(BY_DATE), rulesOf(transition(1, 'IA') + EXPIRE)]) {
      const expiry = expiryOfCurrent(rules, version({ lastModifiedAtMs: MIDNIGHT_MS - 10 * DAY_MS + 1 }));
      expect(expiry?.ruleId).toBe('r0');
      const dueAt = (nowMs: number) =>
        dueForCurrent(rules, version({ lastModifiedAtMs: MIDNIGHT_MS - 10 * DAY_MS + 1 }), nowMs)?.kind;
      expect(dueAt(expiry?.atMs ?? 0)).toBe('expire');
      expect(dueAt((expiry?.atMs ?? 0) - 1)).not.toBe('expire');
    }
  });

  test('of several rules is the first to come, and of those alone that match', () => {
    const rules = rulesOf(EXPIRE, BY_DATE, '<Prefix>other/</Prefix><Expiration><Days>1</Days></Expiration>');
    expect(expiryOfCurrent(rules, version())).toEqual({ atMs: Date.UTC(2026, 0, 5), ruleId: 'r1' });
    expect(expiryOfCurrent(rules, version({ lastModifiedAtMs: MIDNIGHT_MS }))).toEqual({
      atMs: MIDNIGHT_MS + 10 * DAY_MS,
      ruleId: 'r0',
    });
    expect(expiryOfCurrent(rulesOf(`<Prefix>other/</Prefix>${EXPIRE}`), version())).toBeUndefined();
    expect(expiryOfCurrent(rulesOf(transition(1, 'IA')), version())).toBeUndefined();
  });
});

describe('dueForCurrent', () => {
  test('expires by days and by date, not a millisecond early', () => {
    const rules = rulesOf(EXPIRE);
    expect(dueForCurrent(rules, version(), MIDNIGHT_MS)).toEqual({ kind: 'expire', ruleId: 'r0' });
    expect(dueForCurrent(rules, version(), MIDNIGHT_MS - 1)).toBeUndefined();
    expect(dueForCurrent(rules, version({ lastModifiedAtMs: MIDNIGHT_MS - 9 * DAY_MS }), MIDNIGHT_MS)).toBeUndefined();
    const byDate = rulesOf('<Expiration><CreatedBeforeDate>2026-01-05T00:00:00.000Z</CreatedBeforeDate></Expiration>');
    expect(dueForCurrent(byDate, version(), MIDNIGHT_MS)?.kind).toBe('expire');
    expect(dueForCurrent(byDate, version(), Date.UTC(2026, 0, 5) - 1)).toBeUndefined();
    expect(dueForCurrent(byDate, version({ lastModifiedAtMs: Date.UTC(2026, 0, 5) }), MIDNIGHT_MS)).toBeUndefined();
  });

  test('asks for prefix, tags, size and exceptions', () => {
    const isDue = (rule: string, change: Partial<JudgedVersion> = {}) =>
      dueForCurrent(rulesOf(rule + EXPIRE), version(change), MIDNIGHT_MS) !== undefined;
    expect(isDue('<Prefix>logs/</Prefix>')).toBe(true);
    expect(isDue('<Prefix>log/</Prefix>')).toBe(false);
    const tag = '<Tag><Key>k</Key><Value>v</Value></Tag>';
    expect(isDue(tag, { tags: { k: 'v', other: '' } })).toBe(true);
    expect(isDue(tag, { tags: { k: 'w' } })).toBe(false);
    expect(isDue('<Tag><Key>toString</Key></Tag>')).toBe(false);
    expect(isDue('<Filter><ObjectSizeGreaterThan>99</ObjectSizeGreaterThan></Filter>')).toBe(true);
    expect(isDue('<Filter><ObjectSizeGreaterThan>100</ObjectSizeGreaterThan></Filter>')).toBe(false);
    expect(isDue('<Filter><ObjectSizeLessThan>100</ObjectSizeLessThan></Filter>')).toBe(false);
    expect(isDue('<Filter><Not><Prefix>logs/a</Prefix></Not></Filter>')).toBe(false);
    const exceptTagged = `<Filter><Not><Prefix>logs/</Prefix>${tag}</Not></Filter>`;
    expect(isDue(exceptTagged)).toBe(true);
    expect(isDue(exceptTagged, { tags: { k: 'v' } })).toBe(false);
  });

  test('leaves out transitions by the last access, which the server does not record', () => {
    const byAccess = (days: string, word: string) =>
      rulesOf(
        `<${word}>${days}<StorageClass>Archive</StorageClass><IsAccessTime>true</IsAccessTime></${word}>${transition(5, 'IA')}`,
      );
    expect(dueForCurrent(byAccess('<Days>1</Days>', 'Transition'), version(), MIDNIGHT_MS)).toEqual({
      kind: 'transition',
      ruleId: 'r0',
      storageClass: 'IA',
    });
    const noncurrent = byAccess('<NoncurrentDays>1</NoncurrentDays>', 'NoncurrentVersionTransition');
    expect(dueForNoncurrent(noncurrent, version(), MIDNIGHT_MS - 9 * DAY_MS, MIDNIGHT_MS)).toBeUndefined();
  });

  test('takes the coldest class that is due, never a warmer one, and expiration before all', () => {
    const rules = rulesOf(transition(1, 'IA') + transition(5, 'Archive') + transition(20, 'ColdArchive'));
    expect(dueForCurrent(rules, version(), MIDNIGHT_MS)).toEqual({
      kind: 'transition',
      ruleId: 'r0',
      storageClass: 'Archive',
    });
    expect(dueForCurrent(rules, version({ storageClass: 'Archive' }), MIDNIGHT_MS)).toBeUndefined();
    expect(dueForCurrent(rules, version({ type: 'symlink' }), MIDNIGHT_MS)).toBeUndefined();
    expect(dueForCurrent(rulesOf(transition(1, 'IA'), EXPIRE), version(), MIDNIGHT_MS)?.kind).toBe('expire');
  });

  test('leaves an appendable object where it may grow until it is sealed', () => {
    const rules = rulesOf(transition(1, 'IA') + transition(5, 'ColdArchive'));
    const growing = version({ type: 'appendable' });
    expect(dueForCurrent(rules, growing, MIDNIGHT_MS)).toMatchObject({ storageClass: 'IA' });
    expect(dueForCurrent(rules, { ...growing, sealedAtMs: 1 }, MIDNIGHT_MS)).toMatchObject({
      storageClass: 'ColdArchive',
    });
  });
});

test('dueForNoncurrent counts from when a version was succeeded, and knows only rules for earlier versions', () => {
  const rules = rulesOf(
    EXPIRE,
    '<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration><NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays><StorageClass>IA</StorageClass></NoncurrentVersionTransition>',
  );
  expect(dueForNoncurrent(rules, version(), MIDNIGHT_MS - 3 * DAY_MS, MIDNIGHT_MS)).toEqual({
    kind: 'expire',
    ruleId: 'r1',
  });
  expect(dueForNoncurrent(rules, version(), MIDNIGHT_MS - 2 * DAY_MS, MIDNIGHT_MS)).toMatchObject({
    storageClass: 'IA',
  });
  expect(dueForNoncurrent(rules, version(), MIDNIGHT_MS - DAY_MS + 1, MIDNIGHT_MS)).toBeUndefined();
});

test('ruleForLoneMarker and ruleForUpload', () => {
  const rules = rulesOf(
    '<Prefix>a</Prefix><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>',
    `<Prefix>b</Prefix>${EXPIRE}<AbortMultipartUpload><Days>2</Days></AbortMultipartUpload>`,
  );
  expect(ruleForLoneMarker(rules, 'a1', MIDNIGHT_MS, MIDNIGHT_MS)).toBe('r0');
  expect(ruleForLoneMarker(rules, 'b1', MIDNIGHT_MS, MIDNIGHT_MS)).toBeUndefined();
  expect(ruleForLoneMarker(rules, 'b1', MIDNIGHT_MS - 10 * DAY_MS, MIDNIGHT_MS)).toBe('r1');
  expect(ruleForUpload(rules, 'b1', MIDNIGHT_MS - 2 * DAY_MS, MIDNIGHT_MS)).toBe('r1');
  expect(ruleForUpload(rules, 'b1', MIDNIGHT_MS - 2 * DAY_MS + 1, MIDNIGHT_MS)).toBeUndefined();
  expect(ruleForUpload(rules, 'a1', 0, MIDNIGHT_MS)).toBeUndefined();
});
