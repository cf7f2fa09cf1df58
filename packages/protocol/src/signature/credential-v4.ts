/**
 * What headers, URLs and forms with V4 signatures have in common: the credential with its scope, and the basic time.
 * Says only whether they are well-formed; each place has its own words for what is wrong.
 */
import type { SigningScope } from './signable-request.js';
import { V4_REQUEST } from './v4.js';

const BASIC_TIME = /^\d{8}T\d{6}Z$/;
const SCOPE_PART = /^[A-Za-z0-9-]{1,64}$/;

/** Reads `AccessKeyId/yyyymmdd/region/product/aliyun_v4_request`. @returns `undefined` when it is malformed. */
export function parseCredentialV4(text: string): { accessKeyId: string; scope: SigningScope } | undefined {
  const [accessKeyId = '', date = '', region = '', product = '', request, ...more] = text.split('/');
  const isWellFormed =
    accessKeyId !== '' &&
    /^\d{8}$/.test(date) &&
    SCOPE_PART.test(region) &&
    SCOPE_PART.test(product) &&
    request === V4_REQUEST &&
    more.length === 0;
  return isWellFormed ? { accessKeyId, scope: { date, region, product } } : undefined;
}

/** The last one read: requests of one second carry the same. */
let lastTime: { readonly text: string; readonly atMs: number | undefined } = { text: '', atMs: undefined };

/**
 * Reads `20231216T162057Z`. @returns Milliseconds since 1970; `undefined` when it is malformed or no such moment
 * exists.
 */
export function parseBasicTime(text: string): number | undefined {
  if (text !== lastTime.text) lastTime = { text, atMs: readBasicTime(text) };
  return lastTime.atMs;
}

function readBasicTime(text: string): number | undefined {
  if (!BASIC_TIME.test(text)) return undefined;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6, 8))];
  const [hour, minute, second] = [Number(text.slice(9, 11)), Number(text.slice(11, 13)), Number(text.slice(13, 15))];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  // `Date.UTC` would take the years up to 99 for those of the last century, and rolls 31 February over into March.
  const date = new Date(0);
  const dayMs = date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return dayMs + ((hour * 60 + minute) * 60 + second) * 1000;
}
