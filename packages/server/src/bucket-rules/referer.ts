/**
 * Hotlink protection: which pages may lead to a bucket. Asked for unsigned requests and signed URLs, which are what
 * pages embed; a request signed in its headers was made by a program.
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
  const ec = configuration && refusalOf(configuration, (refererHeader ?? '').trim());
  if (ec !== undefined) throw new OssError('AccessDenied', { message: 'You are denied by bucket referer policy.', ec });
}

/** Detailed error codes: no referer, one of the blacklist, one that is not on the whitelist. */
const NO_REFERER_EC = '0003-00000501';
const BLACKLIST_EC = '0003-00000502';
const WHITELIST_EC = '0003-00000503';

/** @returns Why a page is not welcome; `undefined` when it is. */
function refusalOf(configuration: RefererConfiguration, refererHeader: string): string | undefined {
  const { allowEmptyReferer, referers, refererBlacklist = [] } = configuration;
  if (refererHeader === '') return allowEmptyReferer || referers.length === 0 ? undefined : NO_REFERER_EC;
  const page = readPage(refererHeader.slice(0, REFERER_LENGTH_MAX), configuration);
  if (refererBlacklist.some((pattern) => matches(pattern, page))) return BLACKLIST_EC;
  return referers.length === 0 || referers.some((pattern) => matches(pattern, page)) ? undefined : WHITELIST_EC;
}

/** The parts of a referer that patterns are held against. */
interface Page {
  readonly scheme: string;
  /** With its port, if it has one. */
  readonly authority: string;
  /** Begins with a slash; the query behind it, where that counts. */
  readonly path: string;
}

function readPage(referer: string, { allowTruncateQueryString, truncatePath }: RefererConfiguration): Page {
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(referer) ?? [];
  return {
    scheme: scheme.toLowerCase(),
    // What stands in front of an at sign is a name and not the host.
    authority: authority.slice(authority.lastIndexOf('@') + 1).toLowerCase(),
    path: truncatePath ? '/' : (path || '/') + (allowTruncateQueryString ? '' : query),
  };
}

/**
 * A pattern is held against scheme, host and path one by one, so that what stands for a host is never found in the path
 * or query of another. A pattern without a scheme stands for all; one without a path for all pages of the host; a path
 * without wildcards for the page and everything below it.
 */
function matches(pattern: string, { scheme, authority, path }: Page): boolean {
  const [, patternScheme, patternAuthority = '', patternPath = ''] =
    /^(?:(.*?):\/\/)?([^/]*)(.*)$/s.exec(pattern) ?? [];
  if (patternScheme !== undefined && !matchesWildcard(patternScheme.toLowerCase(), scheme)) return false;
  const host = patternAuthority.includes(':') ? authority : authority.replace(/:\d*$/, '');
  if (!matchesWildcard(patternAuthority.toLowerCase(), host)) return false;
  if (patternPath === '') return true;
  if (hasWildcard(patternPath)) return matchesWildcard(patternPath, path);
  return path === patternPath || path.startsWith(patternPath.endsWith('/') ? patternPath : `${patternPath}/`);
}
