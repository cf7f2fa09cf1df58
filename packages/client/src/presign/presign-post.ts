/** Signed forms: another program may upload with this client's rights what a policy allows, until a time. */
import { LIMITS, type PostPolicyCondition, signPostFormV1, signPostFormV4 } from '@annals/protocol';
import type { Connection } from '../connection/connection.js';
import { formatUrl } from '../connection/endpoint.js';
import { regionOf } from '../connection/sign-call.js';
import { AnnalsError } from '../error.js';
import { refuseBadLifetime } from './presign-url.js';

/** What may be uploaded. */
export interface PresignPostInput {
  readonly bucket: string;
  /** The one key that may be uploaded, or any key with a prefix; then the field `key` ends in `${filename}`. */
  readonly key: string | { readonly prefix: string };
  /** How long the form is good for, 1 to 604,800 (7 days). Default 900. */
  readonly expiresSeconds?: number;
  /** Fields that the form will have, each fixed to its value: `content-type`, `x-oss-object-acl`, `x-oss-meta-…`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Bytes that the file may have, both inclusive. Default: any number. */
  readonly lengthRange?: { readonly minBytes: number; readonly maxBytes: number };
  /** Further conditions. */
  readonly conditions?: readonly PostPolicyCondition[];
  /** Default: that of the client. */
  readonly signatureVersion?: 'v4' | 'v1';
}

/** A form that anyone can send. */
export interface PresignedPost {
  /** Where `multipart/form-data` is posted to. */
  readonly url: string;
  /** Fields of the form, all of them before the field `file`. */
  readonly fields: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const EXPIRES_SECONDS_DEFAULT = 900;

/**
 * Signs a form; nothing is sent.
 * @throws {AnnalsError} `InvalidInput` for a time or a length out of bounds, or a bad name; `CredentialsMissing`.
 */
export async function presignPost(connection: Connection, input: PresignPostInput): Promise<PresignedPost> {
  const { bucket, expiresSeconds = EXPIRES_SECONDS_DEFAULT, fields = {} } = input;
  refuseBadLifetime(expiresSeconds, LIMITS.presignedUrlSecondsMax);
  const url = formatUrl(connection.endpoint, bucket, undefined);
  if (input.key === '') {
    throw new AnnalsError('InvalidInput', `Cannot sign for an empty key in oss://${bucket}/: expected a character`, {
      outcome: 'not-applied',
    });
  }
  const nowMs = connection.nowMs();
  const expiresAtMs = nowMs + expiresSeconds * 1000;
  const policy = { expiresAtMs, conditions: conditionsOf(input) };
  const credentials = await connection.credentials();
  const isV1 = (input.signatureVersion ?? connection.options.signatureVersion) === 'v1';
  const signature = isV1
    ? signPostFormV1({ policy, credentials })
    : signPostFormV4({ policy, credentials, nowMs, region: regionOf(connection.options) });
  const key = typeof input.key === 'string' ? input.key : `${input.key.prefix}\${filename}`;
  return { url, fields: { key, ...fields, ...signature }, expiresAtMs };
}

function conditionsOf({
  bucket,
  key,
  fields = {},
  lengthRange,
  conditions = [],
}: PresignPostInput): PostPolicyCondition[] {
  const fixed = Object.entries(fields).map(
    ([field, value]): PostPolicyCondition => ({ kind: 'eq', field: field.toLowerCase(), value }),
  );
  return [
    { kind: 'eq', field: 'bucket', value: bucket },
    typeof key === 'string'
      ? { kind: 'eq', field: 'key', value: key }
      : { kind: 'starts-with', field: 'key', value: key.prefix },
    ...fixed,
    ...(lengthRange === undefined ? [] : [lengthCondition(lengthRange)]),
    ...conditions,
  ];
}

function lengthCondition({
  minBytes,
  maxBytes,
}: {
  readonly minBytes: number;
  readonly maxBytes: number;
}): PostPolicyCondition {
  if (Number.isSafeInteger(minBytes) && Number.isSafeInteger(maxBytes) && minBytes >= 0 && maxBytes >= minBytes) {
    return { kind: 'content-length-range', lengthBytesMin: minBytes, lengthBytesMax: maxBytes };
  }
  throw new AnnalsError('InvalidInput', `Cannot sign for files of ${minBytes} to ${maxBytes} bytes: expected a range`, {
    outcome: 'not-applied',
  });
}
