import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROXY_HEADER_LENGTH_BYTES_MAX, readProxyHeader } from './proxy-protocol.js';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

function version2(command: number, family: number, body: Buffer, lengthBytes = body.length): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(lengthBytes);
  return Buffer.concat([SIGNATURE, Buffer.from([command, family]), length, body]);
}

const IPV4 = Buffer.from('cb007105c63364020fa01f90', 'hex');
const IPV6 = Buffer.from(`20010db8${'00'.repeat(11)}05${'00'.repeat(15)}010fa01f90`, 'hex');
const SSL = Buffer.from('200005' + '0100000000', 'hex');

function told(bytes: Buffer): string {
  const header = readProxyHeader(bytes);
  if (header.kind !== 'complete') return header.kind;
  return `${header.client.address}${header.client.isSecure ? ' secure' : ''} ${header.lengthBytes}`;
}

describe('readProxyHeader', () => {
  test.each([
    ['PROXY TCP4 203.0.113.5 198.51.100.2 4000 8080\r\nGET', '203.0.113.5 47'],
    ['PROXY TCP6 2001:DB8::5 ::1 4000 8080\r\n', '2001:db8::5 38'],
    ['PROXY TCP6 ::ffff:203.0.113.5 ::1 4000 8080\r\n', '203.0.113.5 45'],
    ['PROXY UNKNOWN\r\n', 'undefined 15'],
    ['PROXY UNKNOWN whatever 1 2 3\r\n', 'undefined 30'],
  ])('version 1: %j', (text, expected) => {
    expect(told(Buffer.from(text))).toBe(expected);
  });

  test.each([
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 203.0.113.5 198.51.100.2 4000\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP6 203.0.113.5 198.51.100.2 4000 8080\r\n',
    'PROXY TCP4 256.0.113.5 198.51.100.2 4000 8080\r\n',
    'PROXY TCP4 127.1 198.51.100.2 4000 8080\r\n',
    'PROXY TCP4 203.0.113.5 198.51.100.2 4000 65536\r\n',
    'PROXY  TCP4 203.0.113.5 198.51.100.2 4000 8080\r\n',
    'PROXY UDP4 203.0.113.5 198.51.100.2 4000 8080\r\n',
    'PROXY TCP4 203.0.113.5 198.51.100.2 4000 8080 \r\n',
    `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
    'proxy TCP4 203.0.113.5 198.51.100.2 4000 8080\r\n',
    '\r\nPROXY UNKNOWN\r\n',
  ])('version 1, malformed: %j', (text) => {
    expect(told(Buffer.from(text))).toBe('malformed');
  });

  test('version 2', () => {
    expect(told(version2(0x21, 0x11, IPV4))).toBe('203.0.113.5 28');
    expect(told(version2(0x21, 0x21, IPV6))).toBe('2001:db8::5 52');
    expect(told(version2(0x21, 0x11, Buffer.concat([IPV4, SSL])))).toBe('203.0.113.5 secure 36');
    expect(told(version2(0x20, 0x11, IPV4))).toBe('undefined 28');
    expect(told(version2(0x20, 0x00, Buffer.alloc(0)))).toBe('undefined 16');
    expect(told(version2(0x21, 0x00, Buffer.alloc(0)))).toBe('undefined 16');
    expect(told(version2(0x21, 0x31, Buffer.alloc(216)))).toBe('undefined 232');
  });

  test('version 2, malformed', () => {
    for (const bytes of [
      version2(0x31, 0x11, IPV4),
      version2(0x22, 0x11, IPV4),
      version2(0x21, 0x41, IPV4),
      version2(0x21, 0x11, IPV4.subarray(4)),
      version2(0x21, 0x21, IPV4),
      version2(0x21, 0x11, Buffer.concat([IPV4, SSL.subarray(0, 5)])),
      version2(0x21, 0x11, Buffer.concat([IPV4, Buffer.from([1])])),
      version2(0x21, 0x11, IPV4, PROXY_HEADER_LENGTH_BYTES_MAX),
    ]) {
      expect(told(bytes)).toBe('malformed');
    }
  });

  test('is incomplete at every place before its end, and never throws', () => {
    const headers = [Buffer.from('PROXY TCP4 203.0.113.5 198.51.100.2 4000 8080\r\n'), version2(0x21, 0x21, IPV6)];
    for (const header of headers) {
      for (let end = 0; end < header.length; end += 1) expect(told(header.subarray(0, end))).toBe('incomplete');
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (tail, isSigned) => {
        told(Buffer.concat([isSigned ? SIGNATURE : Buffer.alloc(0), tail]));
      }),
    );
  });
});
