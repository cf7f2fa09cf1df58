import { describe, expect, it } from 'vitest';
import { OssError } from './error/oss-error.js';
import { isBucketName, validateBucketName, validateObjectKey } from './names.js';

function failureOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OssError) return `${error.status} ${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('isBucketName', () => {
  it.each(['abc', '0-0', 'a'.repeat(63), 'my-logs-2026'])('accepts %s', (name) => {
    expect(isBucketName(name)).toBe(true);
  });
  it.each(['', 'ab', 'a'.repeat(64), '-abc', 'abc-', 'Abc', 'a_b', 'a.b', 'abc\n', 'été'])('refuses %j', (name) => {
    expect(isBucketName(name)).toBe(false);
  });
});

describe('validateBucketName', () => {
  it('names the bucket in the error', () => {
    expect(failureOf(() => validateBucketName('A'))).toBe('400 InvalidBucketName: The specified bucket is not valid.');
    expect(() => validateBucketName('A')).toThrow(expect.objectContaining({ details: { BucketName: 'A' } }));
  });
});

describe('validateObjectKey', () => {
  it.each(['a', 'a/', 'a//b', '../x', './', '\u0000', 'a\u0001\r\nb', ' ', '.', '日志/甲.log', 'a'.repeat(1023)])(
    'accepts %j as a plain name',
    (key) => {
      expect(failureOf(() => validateObjectKey(key))).toBe('accepted');
    },
  );
  it('counts bytes, not characters', () => {
    expect(failureOf(() => validateObjectKey('é'.repeat(511)))).toBe('accepted');
    expect(failureOf(() => validateObjectKey('é'.repeat(512)))).toBe(
      '400 InvalidObjectName: The Length of Object name must be less than 1024.',
    );
  });
  it('refuses each illegal name with its own message', () => {
    expect(failureOf(() => validateObjectKey(''))).toBe('400 InvalidObjectName: The Object name can not be empty.');
    expect(failureOf(() => validateObjectKey('a'.repeat(1024)))).toBe(
      '400 InvalidObjectName: The Length of Object name must be less than 1024.',
    );
    for (const key of ['/a', '\\a', 'a\ud800']) {
      expect(failureOf(() => validateObjectKey(key))).toBe('400 InvalidObjectName: The specified object is not valid.');
    }
  });
});
