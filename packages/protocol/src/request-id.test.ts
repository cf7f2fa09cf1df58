import { describe, expect, it } from 'vitest';
import { formatRequestId } from './request-id.js';

describe('formatRequestId', () => {
  it('begins with the second of the request', () => {
    const random = Uint8Array.of(0x1e, 0x55, 0x39, 0x33, 0xcc, 0xde, 0xdf, 0x0a);
    expect(formatRequestId(0x6556e3ae * 1000 + 999, random)).toBe('6556E3AE1E553933CCDEDF0A');
  });
  it('always has 24 digits', () => {
    expect(formatRequestId(0, new Uint8Array(8))).toBe('0'.repeat(24));
    expect(formatRequestId(Date.UTC(2200, 0), new Uint8Array(8))).toHaveLength(24);
  });
  it('refuses another number of random bytes', () => {
    expect(() => formatRequestId(0, new Uint8Array(7))).toThrow(RangeError);
  });
});
