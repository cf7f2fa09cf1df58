/** Refusals of signatures that several of their kinds share. */
import type { ExactError } from './error-document.js';

/** Authentication that is malformed. */
export function invalidAuthentication(message: string, ec?: string): ExactError {
  return { status: 400, code: 'InvalidArgument', message, ...(ec !== undefined && { ec }) };
}

/** Authentication that is incomplete or no longer good. */
export function denied(message: string, ec = '0003-00000001'): ExactError {
  return { status: 403, code: 'AccessDenied', message, ec };
}

/** A time that is too far off. @param atMs Signed. @param nowMs Of the server. */
export function skewed(atMs: number, nowMs: number): ExactError {
  return {
    status: 403,
    code: 'RequestTimeTooSkewed',
    message: 'The difference between the request time and the current time is too large.',
    ec: '0002-00000504',
    details: [
      ['MaxAllowedSkewMilliseconds', '900000'],
      ['RequestTime', new Date(atMs).toISOString()],
      ['ServerTime', new Date(nowMs).toISOString()],
    ],
  };
}

/** A key that does not exist. */
export function unknownKey(accessKeyId: string): ExactError {
  return {
    status: 403,
    code: 'InvalidAccessKeyId',
    message: 'The OSS Access Key Id you provided does not exist in our records.',
    ec: '0002-00000902',
    details: [['OSSAccessKeyId', accessKeyId]],
  };
}

/** A signature that is wrong. @param details What the server would have signed. */
export function mismatch(details: ExactError['details'] = []): ExactError {
  return {
    status: 403,
    code: 'SignatureDoesNotMatch',
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    ec: '0002-00000040',
    details,
  };
}

/** Bytes as `StringToSignBytes` has them. */
export function hexPairs(text: string): string {
  return (Buffer.from(text, 'utf8').toString('hex').toUpperCase().match(/../g) ?? []).join(' ');
}
