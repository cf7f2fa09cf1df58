import { OssError } from '@annals/protocol';
import { describe, expect, test } from 'vitest';
import { clientOfRequest, type ProxyHeaderChoice } from './client-of-request.js';
import { canonicalIpAddress, IpRanges } from './ip-address.js';

const TRUSTED = ['10.0.0.0/8', '2001:db8:ffff::/48', '192.0.2.7'];

function clientOf(
  headers: Readonly<Record<string, string>>,
  { peer = '10.0.0.1', header = 'auto' }: { peer?: string; header?: ProxyHeaderChoice } = {},
): string {
  try {
    const { clientAddress, isSecure } = clientOfRequest(
      { clientAddress: peer, isSecure: false },
      new Map(Object.entries(headers)),
      { addresses: new IpRanges(TRUSTED), header },
    );
    return isSecure ? `${clientAddress} secure` : clientAddress;
  } catch (error) {
    if (error instanceof OssError) return `${error.status} ${error.message}`;
    throw error;
  }
}

describe('X-Forwarded-For', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, 10.1.1.1', '203.0.113.9'],
    // The client wrote the first.
    ['1.2.3.4, 203.0.113.9', '203.0.113.9'],
    ['10.9.9.9, 203.0.113.9, 10.1.1.1', '203.0.113.9'],
    ['garbage, 203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['2001:DB8:0:0::9', '2001:db8::9'],
    ['[2001:db8::9]:443', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['[::ffff:cb00:7109]:80', '203.0.113.9'],
    ['203.0.113.9, 2001:db8:ffff::1', '203.0.113.9'],
    ['203.0.113.9,, ,', '203.0.113.9'],
    // Nobody but proxies: the farthest of them asks for itself.
    ['10.1.1.1, 10.2.2.2', '10.1.1.1'],
    // An entry that is no address hides the entries before it.
    ['203.0.113.9, unknown', 'unknown'],
    ['203.0.113.9, _hidden, 10.2.2.2', 'unknown'],
    ['203.0.113.9, 127.1', 'unknown'],
    ['203.0.113.9, 0x7f000001', 'unknown'],
    ['203.0.113.9, 10.0.0.1.evil.example', 'unknown'],
    ['203.0.113.9, 256.1.1.1', 'unknown'],
    ['203.0.113.9, [10.0.0.1', 'unknown'],
    ['', 'unknown'],
    [' , ', 'unknown'],
  ])('%s is %s', (value, expected) => {
    expect(clientOf({ 'x-forwarded-for': value })).toBe(expected);
  });

  test('is ignored from addresses that are not trusted', () => {
    for (const peer of ['192.0.2.8', '11.0.0.1', '2001:db8::1', 'unknown', '']) {
      const spoofed = { 'x-forwarded-for': '1.2.3.4', forwarded: 'for="broken', 'x-forwarded-proto': 'https' };
      expect(clientOf(spoofed, { peer })).toBe(peer);
    }
  });

  test('a proxy that sends no header asks for itself', () => {
    expect(clientOf({})).toBe('10.0.0.1');
    expect(clientOf({}, { peer: '192.0.2.7' })).toBe('192.0.2.7');
  });
});

describe('Forwarded', () => {
  test.each([
    ['for=203.0.113.9', '203.0.113.9'],
    ['For=203.0.113.9;proto=https;by=10.0.0.1', '203.0.113.9 secure'],
    ['for="203.0.113.9:4711";proto=http', '203.0.113.9'],
    ['for="[2001:db8::9]:4711"', '2001:db8::9'],
    ['for="[2001:DB8::9]"', '2001:db8::9'],
    ['for=1.2.3.4, for=203.0.113.9, for=10.1.1.1;proto=https', '203.0.113.9'],
    ['for=203.0.113.9;proto=https, for=10.1.1.1;proto=http', '203.0.113.9 secure'],
    ['for=unknown', 'unknown'],
    ['for=_obfuscated-1', 'unknown'],
    ['for="_gazonk:_port"', 'unknown'],
    ['proto=https', 'unknown secure'],
    ['for=203.0.113.9, by=10.1.1.1', 'unknown'],
    ['for=203.0.113.9, for=', '400 The header Forwarded is malformed.'],
    // A quote that a client leaves open would swallow what the proxy adds.
    ['for="1.2.3.4, for=203.0.113.9', '400 The header Forwarded is malformed.'],
    ['203.0.113.9', '400 The header Forwarded is malformed.'],
    ['', '400 The header Forwarded is malformed.'],
  ])('%s is %s', (value, expected) => {
    expect(clientOf({ forwarded: value })).toBe(expected);
  });

  test('beside X-Forwarded-For says the same or is refused, unless the settings say which one counts', () => {
    const spoofed = { forwarded: 'for=1.2.3.4', 'x-forwarded-for': '203.0.113.9' };
    expect(clientOf(spoofed)).toBe('400 The headers X-Forwarded-For and Forwarded name different clients.');
    expect(clientOf(spoofed, { header: 'x-forwarded-for' })).toBe('203.0.113.9');
    expect(clientOf(spoofed, { header: 'forwarded' })).toBe('1.2.3.4');
    expect(clientOf({ forwarded: 'for=203.0.113.9;proto=https', 'x-forwarded-for': '203.0.113.9' })).toBe(
      '203.0.113.9 secure',
    );
    expect(clientOf({ forwarded: '"', 'x-forwarded-for': '203.0.113.9' }, { header: 'x-forwarded-for' })).toBe(
      '203.0.113.9',
    );
  });
});

test('X-Forwarded-Proto of a trusted proxy decides whether the client is encrypted; of several the last', () => {
  const address = { 'x-forwarded-for': '203.0.113.9' };
  expect(clientOf({ ...address, 'x-forwarded-proto': 'https' })).toBe('203.0.113.9 secure');
  expect(clientOf({ ...address, 'x-forwarded-proto': 'https, http' })).toBe('203.0.113.9');
  expect(clientOf({ ...address, 'x-forwarded-proto': 'HTTPS' })).toBe('203.0.113.9 secure');
  expect(clientOf({ ...address, 'x-forwarded-proto': 'gopher' })).toBe('203.0.113.9');
});

test('IpRanges refuses what is neither an address nor a range', () => {
  for (const entry of ['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '127.1', '::/129', '10.0.0.0/-1']) {
    expect(() => new IpRanges([entry])).toThrow(`Cannot read "${entry}"`);
  }
  expect(new IpRanges(['::ffff:10.0.0.0/104']).includes('10.1.2.3')).toBe(true);
  expect(new IpRanges(['0.0.0.0/0']).includes('::1')).toBe(false);
});

test('canonicalIpAddress gives each address one spelling', () => {
  expect(canonicalIpAddress('::FFFF:127.0.0.1')).toBe('127.0.0.1');
  expect(canonicalIpAddress('FE80:0::1%eth0')).toBe('fe80::1');
  expect(canonicalIpAddress('0:0:0:0:0:0:0:1')).toBe('::1');
  for (const text of ['', '127.1', '2130706433', 'a', '[::1]', '1.2.3.4:80']) {
    expect(canonicalIpAddress(text)).toBeUndefined();
  }
});
