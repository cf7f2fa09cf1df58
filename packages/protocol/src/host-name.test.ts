import { describe, expect, test } from 'vitest';
import { isWithinDomain, readHostName } from './host-name.js';

describe('readHostName', () => {
  test.each([
    '127.0.0.1',
    '127.0.0.1:9000',
    '127.0.0.1.',
    '127.0.0.1..',
    '127.0.0.1.:80',
    '127.1',
    '127.0.1',
    '0x7f.1',
    '0X7F000001',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '0',
    '0.0.0.0',
    '１２７.0.0.1',
    '127。0。0。1',
    '::',
    '::1',
    '[::1]',
    '[::1]:9000',
    '::FFFF:127.0.0.1',
    '[::ffff:7f00:1]',
    'fe80::1%eth0',
    '[fe80::1%25eth0]',
    '2001:DB8:0:0:0:0:0:1',
  ])('%s is an address', (host) => {
    expect(readHostName(host)).toEqual({ kind: 'address' });
  });

  test.each([
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['example.com..:443', 'example.com'],
    ['ＥＸＡＭＰＬＥ。com', 'example.com'],
    ['ⓛocalhost', 'localhost'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['a_b.c', 'a_b.c'],
  ])('%s is the name %s', (host, name) => {
    expect(readHostName(host)).toEqual({ kind: 'name', name });
  });

  test.each(['', ' ', '.', 'a/b', 'user@host', 'a?b', '1.2.3.4.5', '256.0.0.1', 'foo.0x7f', '[::1', '[g::1]'])(
    '"%s" is neither',
    (host) => {
      expect(readHostName(host)).toBeUndefined();
    },
  );

  // Versions of Node differ on it; either way it is no second spelling of another name.
  test.each(['xn--a', 'xn--localhost-', 'xn--99999999999'])(
    '%s, no Punycode of anything, is itself or nothing',
    (host) => {
      expect([undefined, { kind: 'name', name: host }]).toContainEqual(readHostName(host));
    },
  );
});

test('isWithinDomain takes whole labels', () => {
  expect(isWithinDomain('a.example.com', 'example.com')).toBe(true);
  expect(isWithinDomain('example.com', 'example.com')).toBe(true);
  expect(isWithinDomain('badexample.com', 'example.com')).toBe(false);
});
