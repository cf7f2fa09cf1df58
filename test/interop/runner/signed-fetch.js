// @ts-check
/** One signed request without any SDK, for the runner's own looks at the server. */
import { Query, signHeadersV4 } from '@annals/protocol';

/**
 * @typedef {{ method: string, bucket: string, key?: string, query?: Readonly<Record<string, string>>,
 *   headers?: Readonly<Record<string, string>>, body?: string }} PlainRequest
 */

/**
 * @param {string} endpoint
 * @param {PlainRequest} request
 * @param {{ accessKeyId: string, accessKeySecret: string }} credentials
 * @returns {Promise<Response>}
 */
export async function signedFetch(endpoint, { method, bucket, key, query = {}, headers = {}, body }, credentials) {
  const resource = { bucket, ...(key !== undefined && { key }) };
  const sent = { 'content-type': 'application/octet-stream', ...headers };
  const signed = signHeadersV4({
    request: { method, query: new Query(Object.entries(query)), headers: new Map(Object.entries(sent)) },
    resource,
    credentials,
    nowMs: Date.now(),
    region: 'cn-hangzhou',
  });
  const path = `/${bucket}/${(key ?? '').split('/').map(encodeURIComponent).join('/')}`;
  const search = new URLSearchParams(query).toString();
  return await fetch(`${endpoint}${path}${search === '' ? '' : `?${search}`}`, {
    method,
    headers: { ...sent, ...signed },
    ...(body !== undefined && { body }),
  });
}
