/**
 * The Range header in both behaviours of the protocol: the default one, in which every range that does not fit the
 * object is ignored, and `x-oss-range-behavior: standard`, which follows RFC 9110. Ranges are half-open here and
 * inclusive only on the wire. Leaves out reading and multipart/byteranges framing.
 */
import { OssError } from './error/oss-error.js';
import { LIMITS } from './limits.js';

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a Range header means for one object. */
export type RangeResult =
  | { readonly kind: 'whole' }
  | ({ readonly kind: 'partial' } & ByteRange)
  | { readonly kind: 'multiple'; readonly ranges: readonly ByteRange[] }
  | { readonly kind: 'unsatisfiable' };

/** Which behaviour the request asks for. */
export interface RangeBehavior {
  /** `x-oss-range-behavior: standard`. */
  readonly standard?: boolean;
  /** `x-oss-multi-range-behavior: multi-range`. */
  readonly multiRange?: boolean;
}

/** One range as written: `first-last`, `first-` or `-suffix`. */
interface RangeSpec {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

const WHOLE: RangeResult = { kind: 'whole' };
const UNSATISFIABLE: RangeResult = { kind: 'unsatisfiable' };
const RANGE_UNIT = /^\s*bytes\s*=/i;
const RANGE_SPEC = /^[ \t]*(\d*)-(\d*)[ \t]*$/;

/**
 * Applies a Range header to an object.
 *
 * A malformed header is ignored in both behaviours. Several ranges without `multiRange` mean the first of them; with
 * it, any that is malformed or does not fit makes it the whole object.
 *
 * @param header The Range header.
 * @param lengthBytes Length of the object.
 * @param behavior Which behaviour the request asks for.
 * @returns The whole object, one part (206), several parts (206 multipart/byteranges), or unsatisfiable (416; in the
 *   default behaviour only a suffix of no bytes is).
 * @throws {OssError} `MultiRangeFailed` for more than 50 ranges with `multiRange`.
 */
export function resolveRange(
  header: string | undefined,
  lengthBytes: number,
  behavior: RangeBehavior = {},
): RangeResult {
  if (header === undefined) return WHOLE;
  const unit = RANGE_UNIT.exec(header);
  if (!unit) return WHOLE;
  const list = header.slice(unit[0].length);
  const [firstText = ''] = list.split(',', 1);
  if (behavior.multiRange !== true || firstText.length === list.length) {
    const spec = parseSpec(firstText);
    return spec ? resolveSpec(spec, lengthBytes, behavior.standard === true) : WHOLE;
  }
  return resolveMultiple(list, lengthBytes, behavior.standard === true);
}

/**
 * Writes the Content-Range header of a partial answer.
 * @param range The bytes sent; not empty.
 * @param lengthBytes Length of the object.
 * @returns `bytes 0-499/1000`.
 */
export function formatContentRange(range: ByteRange, lengthBytes: number): string {
  return `bytes ${range.start}-${range.end - 1}/${lengthBytes}`;
}

function resolveMultiple(list: string, lengthBytes: number, standard: boolean): RangeResult {
  // One piece more than allowed shows that there are too many without splitting a huge header.
  const texts = list.split(',', LIMITS.rangeCountMax + 1);
  if (texts.length > LIMITS.rangeCountMax) throw new OssError('MultiRangeFailed');
  const ranges: ByteRange[] = [];
  for (const text of texts) {
    const spec = parseSpec(text);
    const resolved = spec ? resolveSpec(spec, lengthBytes, standard) : WHOLE;
    if (resolved.kind !== 'partial') return WHOLE;
    ranges.push({ start: resolved.start, end: resolved.end });
  }
  return { kind: 'multiple', ranges };
}

function parseSpec(text: string): RangeSpec | undefined {
  const match = RANGE_SPEC.exec(text);
  if (!match) return undefined;
  const first = match[1] ? Number(match[1]) : undefined;
  const last = match[2] ? Number(match[2]) : undefined;
  if (first === undefined && last === undefined) return undefined;
  if (first !== undefined && last !== undefined && first > last) return undefined;
  return { first, last };
}

function resolveSpec({ first, last }: RangeSpec, lengthBytes: number, standard: boolean): RangeResult {
  if (first === undefined) {
    const suffix = last ?? 0;
    // The public service refuses a suffix of no bytes in both behaviours.
    if (suffix === 0) return UNSATISFIABLE;
    if (lengthBytes === 0) return standard ? UNSATISFIABLE : WHOLE;
    if (suffix > lengthBytes) return standard ? { kind: 'partial', start: 0, end: lengthBytes } : WHOLE;
    return { kind: 'partial', start: lengthBytes - suffix, end: lengthBytes };
  }
  if (first >= lengthBytes) return standard ? UNSATISFIABLE : WHOLE;
  if (last === undefined) return { kind: 'partial', start: first, end: lengthBytes };
  if (last >= lengthBytes) return standard ? { kind: 'partial', start: first, end: lengthBytes } : WHOLE;
  return { kind: 'partial', start: first, end: last + 1 };
}
