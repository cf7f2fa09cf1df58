import { describe, expect, it } from 'vitest';
import { isDataRedundancyType, parseAppendStorageClass, parseStorageClass } from './storage-class.js';

describe('parseStorageClass', () => {
  it('accepts the closed set', () => {
    expect(parseStorageClass(undefined)).toBeUndefined();
    expect(parseStorageClass('DeepColdArchive')).toBe('DeepColdArchive');
  });
  it.each(['standard', '', 'GLACIER'])('refuses %j', (value) => {
    expect(() => parseStorageClass(value)).toThrow(
      expect.objectContaining({
        code: 'InvalidArgument',
        ec: undefined,
        details: { ArgumentName: 'x-oss-storage-class', ArgumentValue: value },
      }),
    );
  });
});

describe('parseAppendStorageClass', () => {
  it('accepts what can be appended to', () => {
    expect(parseAppendStorageClass('Archive')).toBe('Archive');
    expect(parseAppendStorageClass(undefined)).toBeUndefined();
  });
  it.each(['ColdArchive', 'DeepColdArchive'])('refuses %s with its own EC', (value) => {
    expect(() => parseAppendStorageClass(value)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument', ec: '0016-00000503' }),
    );
  });
});

describe('isDataRedundancyType', () => {
  it('knows LRS and ZRS', () => {
    expect(['LRS', 'ZRS', 'lrs'].map(isDataRedundancyType)).toEqual([true, true, false]);
  });
});
