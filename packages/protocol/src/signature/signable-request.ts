/** What signatures need to know of a request, and how its parts are written down before they are signed. */
import { percentEncode } from '../percent-encoding.js';
import type { Query } from '../query.js';
import type { ResourceAddress } from '../request-target.js';
import { toHeaderText } from '../text.js';

/** A request as signatures see it. */
export interface SignableRequest {
  /** Upper case. */
  readonly method: string;
  /** Decoded. Of a repeated name the first value is signed, as it is the one that counts. */
  readonly query: Query;
  /** Lower-case names; values as on the wire, one character per byte; repeated ones joined by `,`. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Whose signature it is. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Token of temporary credentials. */
  readonly securityToken?: string;
}

/** What a V4 signature is valid for. */
export interface SigningScope {
  /** `yyyymmdd`, UTC. */
  readonly date: string;
  /** Without `oss-`: `cn-hangzhou`. */
  readonly region: string;
  /** `oss`, or `oss-cloudbox`. */
  readonly product: string;
}

/** Everything that goes into a signature is put together as byte text: one character up to U+00FF per byte. */
export function toByteText(text: string): string {
  return isAscii(text) ? text : toHeaderText(text);
}

/** Percent-encodes for a canonical request; most names and values need nothing, and finding that out is cheap. */
export function encodeComponent(text: string): string {
  return /^[A-Za-z0-9\-._~]*$/.test(text) ? text : percentEncode(text);
}

/** The same for a path, whose slashes stay. */
export function encodePath(text: string): string {
  return /^[A-Za-z0-9\-._~/]*$/.test(text) ? text : percentEncode(text, { keepSlash: true });
}

/**
 * The path of a resource as it is signed, not encoded: always with the bucket, whatever the URL style.
 * @returns The usual form first. A bucket may also be signed without its slash (C).
 */
export function resourcePaths(resource: ResourceAddress): readonly [string, ...string[]] {
  if (resource.bucket === undefined) return ['/'];
  if (resource.key !== undefined) return [`/${resource.bucket}/${resource.key}`];
  return [`/${resource.bucket}/`, `/${resource.bucket}`];
}

/** Selected headers, one `name:value` line each, in order of their names. */
export function headerLines(headers: ReadonlyMap<string, string>, isSigned: (name: string) => boolean): string {
  const names: string[] = [];
  for (const name of headers.keys()) if (isSigned(name)) names.push(name);
  let lines = '';
  for (const name of sortTexts(names)) lines += `${name}:${(headers.get(name) ?? '').trim()}\n`;
  return lines;
}

/** How a parameter without value is written: as its bare name, or with the `=` that some SDKs leave standing. */
export type EmptyValueForm = 'bare' | 'equals-sign';

/**
 * Query parameters encoded, sorted by encoded name and joined; a parameter without value is its bare name unless told.
 */
export function canonicalQuery(
  query: Query,
  leftOut: string | undefined,
  emptyValueForm: EmptyValueForm = 'bare',
): string {
  const values = new Map<string, string>();
  for (const name of query.names()) {
    if (name !== leftOut) values.set(encodeComponent(name), encodeComponent(query.get(name) ?? ''));
  }
  const parts: string[] = [];
  // Names are distinct, so the order is total; plain comparison, as a locale would order differently.
  for (const name of sortTexts([...values.keys()])) {
    const value = values.get(name) ?? '';
    parts.push(value === '' && emptyValueForm === 'bare' ? name : `${name}=${value}`);
  }
  return parts.join('&');
}

/**
 * Sorts in place. Nearly always there are one to four, already in order: the engine's own sort would take ten times as
 * long to find out.
 */
function sortTexts(texts: string[]): string[] {
  for (let index = 1; index < texts.length; index += 1) {
    if ((texts[index - 1] as string) > (texts[index] as string)) return texts.sort();
  }
  return texts;
}

/** `20231216T162057Z`. */
export function formatBasicTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
