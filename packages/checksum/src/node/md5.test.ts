import { describe, expect, it } from 'vitest';
import { crc32, Md5, md5 } from './index.js';

const bytes = new TextEncoder().encode('message digest');

describe('md5', () => {
  it('gives the digest of RFC 1321, A.5', () => {
    expect(Buffer.from(md5(bytes)).toString('hex')).toBe('f96b697d7cb7938d525a2f31aaf161d0');
  });

  it('agrees with Md5 over the same bytes in pieces', () => {
    const running = new Md5().update(bytes.subarray(0, 5)).update(bytes.subarray(5));
    expect(running.digest()).toEqual(md5(bytes));
  });
});

describe('crc32', () => {
  it('gives the check value of CRC-32', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf4_3926);
  });

  it('continues from a known checksum', () => {
    expect(crc32(bytes.subarray(3), crc32(bytes.subarray(0, 3)))).toBe(crc32(bytes));
  });
});
