/**
 * Hotlink protection: which pages may lead to a bucket. Asked for unsigned requests and signed URLs, which are what pages embed; a request
 * signed in its headers was made by a program.
 */
import { OssError, type RefererConfiguration } from '@annals/protocol';
import { hasWildcard, matchesWildcard } from '../policy/wildcard.js';

/** Longer than any honest referer; bounds the work of comparing. */
const REFERER_LENGTH_MAX = 2048;

/** @throws {OssError} `AccessDenied` "You are denied by bucket referer policy." */
export function refuseReferer(
  configuration: RefererConfiguration | undefined,
  refererHeader: string | undefined,
): void {
  if (configuration === undefined || isWelcome(configuration, (refererHeader ?? '').trim())) return;
  throw new OssError('AccessDenied', { message: 'You are denied by bucket referer policy.' });
}

function isWelcome(configuration: RefererConfiguration, refererHeader: string): boolean {
  const { allowEmptyReferer, referers, refererBlacklist = [] } = configuration;
  if (referers.length === 0 && refererBlacklist.length === 0) return true;
  if (refererHeader === '') return allowEmptyReferer;
  const referer = truncate(refererHeader.slice(0, REFERER_LENGTH_MAX), configuration);
  if (refererBlacklist.some((pattern) => matches(pattern, referer))) return false;
  return referers.length === 0 || referers.some((pattern) => matches(pattern, referer));
}

function truncate(referer: string, { allowTruncateQueryString, truncatePath }: RefererConfiguration): string {
  const withoutQuery = allowTruncateQueryString ? (/^[^?#]*/.exec(referer)?.[0] ?? '') : referer;
  return truncatePath ? (/^[^/]*\/\/[^/?#]*/.exec(withoutQuery)?.[0] ?? withoutQuery) : withoutQuery;
}

/** A pattern without a scheme stands for both; one without wildcards for the page and everything below it, never for a longer host. */
function matches(pattern: string, referer: string): boolean {
  const compared = pattern.includes('://') ? referer : referer.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  if (hasWildcard(pattern)) return matchesWildcard(pattern, compared);
  if (compared === pattern) return true;
  return compared.startsWith(pattern.endsWith('/') ? pattern : `${pattern}/`);
}
