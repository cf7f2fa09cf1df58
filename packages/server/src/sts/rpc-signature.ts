/**
 * The RPC signature: HMAC-SHA1 over method and sorted parameters, in the parameter `Signature`.
 */
import { createHmac } from 'node:crypto';
import { percentEncode } from '@annals/protocol';
import { StsError } from './sts-error.js';
import { requireParameter, type StsParameters } from './sts-request.js';

/** What a signed request says about its signature, whichever way it was made. */
export interface StsAuthentication {
  readonly accessKeyId: string;
  readonly securityToken: string | undefined;
  readonly nonce: string;
  readonly signedAtMs: number;
  readonly signature: string;
  /** What the signature should be. */
  expect(secret: string): string;
}

const NONCE_LENGTH_MAX = 256;

/**
 * Reads the signature.
 * @throws {StsError} Something is missing, or of a kind that is not known.
 */
export function readRpcAuthentication(method: string, parameters: StsParameters): StsAuthentication {
  const accessKeyId = requireParameter(parameters, 'AccessKeyId');
  const signature = requireParameter(parameters, 'Signature');
  const signatureMethod = requireParameter(parameters, 'SignatureMethod');
  if (signatureMethod !== 'HMAC-SHA1' || requireParameter(parameters, 'SignatureVersion') !== '1.0') {
    throw new StsError('IncompleteSignature', { message: 'Only HMAC-SHA1 with SignatureVersion 1.0 is supported.' });
  }
  return {
    accessKeyId,
    securityToken: parameters.get('SecurityToken'),
    nonce: checkNonce(requireParameter(parameters, 'SignatureNonce')),
    signedAtMs: parseTimestamp(requireParameter(parameters, 'Timestamp')),
    signature,
    expect: (secret) => createHmac('sha1', `${secret}&`).update(stringToSign(method, parameters)).digest('base64'),
  };
}

/** @throws {StsError} It is too long to be remembered. */
export function checkNonce(nonce: string): string {
  if (nonce.length <= NONCE_LENGTH_MAX) return nonce;
  throw new StsError('InvalidParameter', {
    message: `The nonce must not be longer than ${NONCE_LENGTH_MAX} characters.`,
  });
}

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** @throws {StsError} It is no time of ISO 8601 in UTC. */
export function parseTimestamp(text: string): number {
  const atMs = TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) throw new StsError('InvalidTimeStamp.Format');
  return atMs;
}

function stringToSign(method: string, parameters: StsParameters): string {
  const canonical = canonicalQuery([...parameters].filter(([name]) => name !== 'Signature'));
  return `${method}&${percentEncode('/')}&${percentEncode(canonical)}`;
}

/** Sorted by name, then value; encoded by RFC 3986. */
export function canonicalQuery(parameters: readonly (readonly [name: string, value: string])[]): string {
  return parameters
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
