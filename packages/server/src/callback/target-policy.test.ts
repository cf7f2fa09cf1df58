import { describe, expect, test } from 'vitest';
import { InvalidTargetPattern, TargetPolicy } from './target-policy.js';

describe('TargetPolicy', () => {
  const policy = new TargetPolicy(['app.example.com', '*.Hooks.example.com', '10.1.0.0/16', '127.0.0.1', 'fd00::/8']);

  test.each<[string, string, boolean]>([
    ['app.example.com', '8.8.8.8', true],
    ['app.example.com.', '8.8.8.8', true],
    ['other.example.com', '8.8.8.8', false],
    ['a.hooks.example.com', '8.8.8.8', true],
    ['hooks.example.com', '8.8.8.8', false],
    ['evilhooks.example.com', '8.8.8.8', false],
    // A name opens public addresses only, whatever the DNS says of it.
    ['app.example.com', '127.0.0.2', false],
    ['app.example.com', '192.168.0.1', false],
    ['app.example.com', '169.254.169.254', false],
    ['app.example.com', '::1', false],
    ['app.example.com', '::ffff:192.168.0.1', false],
    ['app.example.com', '::ffff:c0a8:1', false],
    ['app.example.com', '64:ff9b::c0a8:1', false],
    ['app.example.com', 'fe80::1', false],
    ['app.example.com', '2606:4700::1', true],
    // A listed range opens its addresses, under any name.
    ['whatever', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.2.0.1', '10.2.0.1', false],
    ['127.0.0.1', '127.0.0.1', true],
    ['::ffff:7f00:1', '::ffff:7f00:1', true],
    ['fd12::1', 'fd12::1', true],
    ['8.8.8.8', '8.8.8.8', false],
    ['app.example.com', 'not an address', false],
  ])('%s at %s: %s', (host, address, expected) => {
    expect(policy.allows(host, address)).toBe(expected);
  });

  test.each(['10.0.0.0/33', 'http://a', 'a b', '', '::/129', '*', 'a/8'])('%j is no pattern', (pattern) => {
    expect(() => new TargetPolicy([pattern])).toThrow(InvalidTargetPattern);
  });
});
