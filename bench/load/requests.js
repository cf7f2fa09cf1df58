// @ts-check
/**
 * Signed request heads, as an SDK would send them: V4 with a fresh signature each. Signing is part of the load for both
 * servers.
 */
import { presignV4, Query, SigningKeyCache, signHeadersV4 } from '@annals/protocol';
import { ACCESS_KEY, BUCKET } from './processes.js';

const cache = new SigningKeyCache();

/**
 * @param {'POST' | 'PUT' | 'GET' | 'HEAD'} method
 * @param {string} key Empty: the bucket.
 * @param {readonly (readonly [string, string])[]} query
 * @param {number} bodyLength
 * @param {string} range
 */
function signedHead(method, key, query, bodyLength, range = '') {
  const contentType = 'application/octet-stream';
  const signed = signHeadersV4({
    request: { method, query: new Query(query), headers: new Map([['content-type', contentType]]) },
    resource: key === '' ? { bucket: BUCKET } : { bucket: BUCKET, key },
    credentials: ACCESS_KEY,
    nowMs: Date.now(),
    region: 'cn-hangzhou',
    cache,
  });
  const search = query.map(([name, value]) => (value === '' ? name : `${name}=${encodeURIComponent(value)}`)).join('&');
  const target = key === '' ? `/${BUCKET}/` : `/${BUCKET}/${key}`;
  let head = `${method} ${target}${search === '' ? '' : `?${search}`} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
  head += `Content-Type: ${contentType}\r\n`;
  for (const [name, value] of Object.entries(signed)) head += `${name}: ${value}\r\n`;
  if (range !== '') head += `Range: ${range}\r\n`;
  if (method === 'POST' || method === 'PUT') head += `Content-Length: ${bodyLength}\r\n`;
  return `${head}\r\n`;
}

/**
 * @param {string} key
 * @param {number | 'auto'} position
 * @param {number} bodyLength
 */
export const appendHead = (key, position, bodyLength) =>
  signedHead(
    'POST',
    key,
    [
      ['append', ''],
      ['position', String(position)],
    ],
    bodyLength,
  );

/**
 * An append without a position by a URL that is signed once: the same head again and again, which costs the load
 * generator next to nothing.
 * @param {string} key
 * @param {number} bodyLength
 */
export function presignedAppendHead(key, bodyLength) {
  const query = presignV4({
    request: {
      method: 'POST',
      query: new Query([
        ['append', ''],
        ['position', 'auto'],
      ]),
      headers: new Map(),
    },
    resource: { bucket: BUCKET, key },
    credentials: ACCESS_KEY,
    nowMs: Date.now(),
    region: 'cn-hangzhou',
    expiresSeconds: 7200,
    cache,
  });
  const search = query.map(([name, value]) => (value === '' ? name : `${name}=${encodeURIComponent(value)}`)).join('&');
  return `POST /${BUCKET}/${key}?${search} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${bodyLength}\r\n\r\n`;
}

/**
 * @param {string} key
 * @param {number} bodyLength
 */
export const putHead = (key, bodyLength) => signedHead('PUT', key, [], bodyLength);

/** @param {string} key Followed from its end, for an hour. */
export const followHead = (key) =>
  signedHead(
    'GET',
    key,
    [
      ['follow', ''],
      ['position', 'end'],
      ['wait', '3600'],
    ],
    0,
  );

/** @param {string} key */
export const getHead = (key) => signedHead('GET', key, [], 0);

/** @param {string} key */
export const headHead = (key) => signedHead('HEAD', key, [], 0);

/**
 * @param {string} key
 * @param {number} first
 * @param {number} length
 */
export const rangeHead = (key, first, length) => signedHead('GET', key, [], 0, `bytes=${first}-${first + length - 1}`);

/**
 * @param {string} prefix
 * @param {string} marker
 * @param {number} maxKeys
 */
export const listHead = (prefix, marker, maxKeys) =>
  signedHead(
    'GET',
    '',
    [
      ['prefix', prefix],
      ['delimiter', '/'],
      ['marker', marker],
      ['max-keys', String(maxKeys)],
    ],
    0,
  );

/**
 * @param {import('./raw-connection.js').RawAnswer} answer
 * @param {number} status
 */
export function expectStatus(answer, status) {
  if (answer.status !== status) throw new Error(`Expected ${status}, got ${answer.status}: ${answer.body.toString()}`);
}
