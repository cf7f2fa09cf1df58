/**
 * What headers, URLs and forms with V4 signatures have in common: the credential with its scope, and the basic time. Says only whether
 * they are well-formed; each place has its own words for what is wrong.
 */
import type { SigningScope } from './signable-request.js';
import { V4_REQUEST } from './v4.js';

const BASIC_TIME = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
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

/** Reads `20231216T162057Z`. @returns Milliseconds since 1970; `undefined` when it is malformed or no such moment exists. */
export function parseBasicTime(text: string): number | undefined {
  const match = BASIC_TIME.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // The engine rolls 31 February over into March.
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}
