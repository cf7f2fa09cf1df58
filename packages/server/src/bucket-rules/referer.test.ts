import { describe, expect, it } from 'vitest';
import { refuseReferer } from './referer.js';

const CONFIGURATION = { allowEmptyReferer: false, allowTruncateQueryString: true, truncatePath: false } as const;

function isWelcome(
  referer: string | undefined,
  lists: { readonly referers?: readonly string[]; readonly refererBlacklist?: readonly string[] },
  flags: Partial<{ allowEmptyReferer: boolean; allowTruncateQueryString: boolean; truncatePath: boolean }> = {},
): boolean {
  try {
    refuseReferer({ ...CONFIGURATION, referers: [], ...lists, ...flags }, referer);
    return true;
  } catch {
    return false;
  }
}

describe('refuseReferer, patterns', () => {
  it.each<[string, string, boolean]>([
    // As the service's examples have them.
    ['*example.com', 'https://www.example.com/p', true],
    ['*servicewechat.com', 'https://servicewechat.com/wx1/devtools/page-frame.html', true],
    ['*.console.aliyun.com', 'https://oss.console.aliyun.com/bucket', true],
    ['*.example.com', 'http://www.example.com', true],
    ['*.example.com', 'https://help.example.com/', true],
    ['*.example.com', 'https://example.com/', false],
    ['http://www.aliyun?.com', 'http://www.aliyunc.com', true],
    ['http://www.aliyun?.com', 'http://www.aliyun.com', false],
    ['http://www.example.com', 'http://www.example.com/any/page?x=y', true],
    ['http://www.example.com', 'https://www.example.com/', false],
    ['*', 'https://anything/', true],
    // A host is never found behind another one.
    ['*servicewechat.com', 'https://evil.test/servicewechat.com', false],
    ['*servicewechat.com', 'https://evil.test/?servicewechat.com', false],
    ['*servicewechat.com', 'https://evil.test#servicewechat.com', false],
    ['*servicewechat.com', 'https://servicewechat.com@evil.test/', false],
    ['servicewechat.com', 'https://servicewechat.com.evil.test/', false],
    ['http://www.example.com', 'http://www.example.com.evil.test/', false],
    ['http://www.example.com', 'http://evil.test/http://www.example.com', false],
    ['*www.example.com/123', 'https://www.example.com/123', true],
    ['*www.example.com/123', 'https://www.example.com/123/4', true],
    ['*www.example.com/123', 'https://www.example.com/1234', false],
    ['https://*.example.com/*', 'https://a.example.com/b/c', true],
    ['EXAMPLE.com', 'https://example.COM:8443/', true],
    ['example.com:8443', 'https://example.com:8443/', true],
    ['example.com:8443', 'https://example.com/', false],
    ['http*://example.com', 'https://example.com/', true],
  ])('%s and %s: %s', (pattern, referer, isMatch) => {
    expect(isWelcome(referer, { referers: [pattern] })).toBe(isMatch);
    expect(isWelcome(referer, { refererBlacklist: [pattern] })).toBe(!isMatch);
  });

  it('compares the query only where the configuration says so', () => {
    const referers = ['http://a.org/x?q=1'];
    expect(isWelcome('http://a.org/x?q=1', { referers })).toBe(false);
    expect(isWelcome('http://a.org/x?q=1', { referers }, { allowTruncateQueryString: false })).toBe(true);
    expect(isWelcome('http://a.org/x?q=2', { referers }, { allowTruncateQueryString: false })).toBe(false);
  });

  it('lets empty referers pass where they are allowed, and where no referer is listed', () => {
    for (const referer of [undefined, '', ' ']) {
      expect(isWelcome(referer, { referers: ['*'] })).toBe(false);
      expect(isWelcome(referer, { referers: ['*'] }, { allowEmptyReferer: true })).toBe(true);
      expect(isWelcome(referer, { refererBlacklist: ['*'] })).toBe(true);
    }
  });
});
