// @ts-check
/**
 * Heads of requests to S3, signed with version 4 and an unsigned body, as cheaply as our own are signed: the key of a
 * day is made once.
 */
import { createHash, createHmac } from 'node:crypto';

export const REGION = 'default';

/** @param {string | Buffer} key @param {string} text */
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** @type {Map<string, Buffer>} */
const signingKeys = new Map();

/** @param {string} secret @param {string} day */
function signingKeyOf(secret, day) {
  let key = signingKeys.get(day);
  if (key === undefined) {
    key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), REGION), 's3'), 'aws4_request');
    signingKeys.set(day, key);
  }
  return key;
}

/**
 * @param {'PUT' | 'GET' | 'HEAD'} method
 * @param {string} path
 * @param {readonly (readonly [string, string])[]} query In the order of names.
 * @param {number | undefined} bodyLength
 * @param {{ accessKeyId: string, secret: string }} credentials
 */
export function signedS3Head(method, path, query, bodyLength, { accessKeyId, secret }) {
  const at = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = at.slice(0, 8);
  const search = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const signedNames = 'host;x-amz-content-sha256;x-amz-date';
  const headers = `host:127.0.0.1\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:${at}\n`;
  const canonical = [method, path, search, headers, signedNames, 'UNSIGNED-PAYLOAD'].join('\n');
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const signature = hmac(signingKeyOf(secret, day), `AWS4-HMAC-SHA256\n${at}\n${scope}\n${digest}`).toString('hex');
  return (
    `${method} ${path}${search === '' ? '' : `?${search}`} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
    `x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nx-amz-date: ${at}\r\n` +
    `Authorization: AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames}, ` +
    `Signature=${signature}\r\n${bodyLength === undefined ? '' : `Content-Length: ${bodyLength}\r\n`}\r\n`
  );
}
