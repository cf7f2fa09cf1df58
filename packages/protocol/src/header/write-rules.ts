/** Headers that say when a write must not happen. */
import { OssError } from '../error/oss-error.js';
import { REQUEST_HEADERS, type RequestHeaders } from '../headers.js';
import { invalidArgument } from './refuse.js';

/** Conditions that reads know and writes do not, with the spelling for the error document. */
const READ_CONDITIONS = ['If-Modified-Since', 'If-Unmodified-Since', 'If-Match', 'If-None-Match'].map((spelling) => ({
  spelling,
  name: spelling.toLowerCase(),
}));

/**
 * Reads `x-oss-forbid-overwrite`.
 * @param value Header value.
 * @returns Whether an existing object must stay; `false` without a header.
 * @throws {OssError} `InvalidArgument` for anything but `true` and `false`.
 */
export function parseForbidOverwrite(value: string | undefined): boolean {
  const lower = value?.toLowerCase();
  if (lower === undefined || lower === 'false') return false;
  if (lower === 'true') return true;
  throw invalidArgument(REQUEST_HEADERS.forbidOverwrite, value ?? '');
}

/**
 * Refuses conditional headers on a write. Ignoring them would let a client that asked for protection lose data.
 * @param isHarmless Tells which ones mean nothing to the operation, by lower-case name.
 * @throws {OssError} `NotImplemented`, status 400, with the header's name.
 */
export function refuseConditionalWrite(
  headers: RequestHeaders,
  isHarmless: (name: string) => boolean = () => false,
): void {
  for (const { spelling, name } of READ_CONDITIONS) {
    if (headers.has(name) && !isHarmless(name)) throw new OssError('NotImplemented', { details: { Header: spelling } });
  }
}
