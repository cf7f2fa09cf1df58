/**
 * What all listings have in common: they ask for pages until there is no next one. Leaves out what a page holds, and
 * how its server is asked for it.
 */
import type { QueryParameter } from '@annals/protocol';
import { required } from '../connection/response-headers.js';
import { AnnalsError } from '../error.js';

/** Rows of one page when the caller does not say: the most a server gives. */
export const ROWS_PER_PAGE = 1000;

/** Drops parameters without a value. */
export function presentParameters(parameters: Readonly<Record<string, string | undefined>>): QueryParameter[] {
  return Object.entries(parameters).flatMap(([name, value]): QueryParameter[] =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
}

/** Parameters that say where a page begins; none: at the beginning of the listing. */
export type ListingMarkers = Readonly<Record<string, string | undefined>>;

/** One page as its answer gives it. */
export interface ListedPage<Page> {
  readonly page: Page;
  /** Undefined: the answer does not say whether there is more. */
  readonly isTruncated: boolean | undefined;
  /** Where the answer says that the next page begins. */
  readonly next: ListingMarkers | undefined;
  /** Where a page behind the last row begins; undefined for a page without rows. */
  readonly behindLastRow: ListingMarkers | undefined;
}

/** A listing. */
export interface Listing<Page> {
  /** For errors, as `list oss://logs/`. */
  readonly action: string;
  /** Where the first page begins. */
  readonly start: ListingMarkers;
  /** The marker that an answer must name when there is more, for errors. */
  readonly markerName: string;
  /** Asks for the page that begins at the markers. */
  readonly ask: (markers: ListingMarkers) => Promise<ListedPage<Page>>;
}

/**
 * @returns The last name of a page in the order of listings, which is that of the UTF-8 bytes; undefined for an empty
 * page.
 */
export function lastName(rows: readonly { readonly key: string }[], prefixes: readonly string[]): string | undefined {
  const [key, prefix] = [rows.at(-1)?.key, prefixes.at(-1)];
  if (key === undefined || prefix === undefined) return key ?? prefix;
  return isBehind(key, prefix) ? key : prefix;
}

/** UTF-16 has another order: characters beyond U+FFFF come before some of those below. */
function isBehind(left: string, right: string): boolean {
  const [a, b] = [new TextEncoder().encode(left), new TextEncoder().encode(right)];
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? -1);
}

/**
 * Asks for a page when it is wanted. OSS says in each answer whether there is more. An answer that does not say so ends
 * the listing only when it has no row; otherwise the next page is asked for, from the marker or from the last row, so
 * that no row is lost.
 * @throws {AnnalsError} `InvalidResponse`: the answer says that there is more and not where, or the next page begins
 * where this one does, so that the listing would never end.
 */
export async function* listPages<Page>({
  action,
  start,
  markerName,
  ask,
}: Listing<Page>): AsyncGenerator<Page, void, void> {
  let markers = start;
  for (;;) {
    const { page, isTruncated, next, behindLastRow } = await ask(markers);
    yield page;
    if (isTruncated === false) return;
    const following =
      isTruncated === true ? required(next, markerName, action, 'not-applied') : (next ?? behindLastRow);
    if (following === undefined) return;
    if (isSame(following, markers)) throw repeats(markerName, action);
    markers = following;
  }
}

function isSame(left: ListingMarkers, right: ListingMarkers): boolean {
  return [...Object.keys(left), ...Object.keys(right)].every((name) => (left[name] ?? '') === (right[name] ?? ''));
}

function repeats(markerName: string, action: string): AnnalsError {
  const message = `Cannot ${action}: the ${markerName} of a page is where that page begins, so the listing has no end`;
  return new AnnalsError('InvalidResponse', message, { outcome: 'not-applied' });
}
