/**
 * Headers that protect an object from its birth, and the one by which a retention of the mode `GOVERNANCE` gives way.
 */
import { REQUEST_HEADERS, type RequestHeaders } from '../headers.js';
import { parseLegalHoldStatus, parseRetainUntil, parseRetentionMode, type Retention } from '../object-protection.js';
import { invalidArgument } from './refuse.js';

/** What a writer asks for. */
export interface ObjectProtection {
  readonly retention?: Retention;
  readonly legalHold?: boolean;
}

/**
 * Reads `x-oss-object-worm-*`.
 * @param nowMs Milliseconds since 1970.
 * @returns Empty when nothing is asked for.
 * @throws {OssError} `InvalidArgument`, also for a mode without a date and the other way round.
 */
export function readObjectProtection(headers: RequestHeaders, nowMs: number): ObjectProtection {
  const mode = headers.get(REQUEST_HEADERS.objectWormMode);
  const until = headers.get(REQUEST_HEADERS.objectWormRetainUntil);
  const hold = headers.get(REQUEST_HEADERS.objectWormLegalHold);
  if ((mode === undefined) !== (until === undefined)) {
    const [name, value] =
      mode === undefined ? [REQUEST_HEADERS.objectWormRetainUntil, until] : [REQUEST_HEADERS.objectWormMode, mode];
    throw invalidArgument(name, value ?? '', 'A retention takes a mode and a retain until date.');
  }
  return {
    ...(mode !== undefined &&
      until !== undefined && {
        retention: {
          mode: parseRetentionMode(REQUEST_HEADERS.objectWormMode, mode),
          untilMs: parseRetainUntil(REQUEST_HEADERS.objectWormRetainUntil, until, nowMs),
        },
      }),
    ...(hold !== undefined && { legalHold: parseLegalHoldStatus(REQUEST_HEADERS.objectWormLegalHold, hold) }),
  };
}

/**
 * Reads `x-oss-bypass-governance-retention`.
 * @throws {OssError} `InvalidArgument`.
 */
export function readBypassGovernance(headers: RequestHeaders): boolean {
  const value = headers.get(REQUEST_HEADERS.bypassGovernance);
  const lower = value?.toLowerCase() ?? 'false';
  if (lower === 'true' || lower === 'false') return lower === 'true';
  throw invalidArgument(REQUEST_HEADERS.bypassGovernance, value ?? '');
}
