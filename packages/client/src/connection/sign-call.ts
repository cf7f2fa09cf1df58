/** Signs a call with the client's identity. The signature itself is the protocol package's. */
import {
  type Credentials,
  Query,
  type QueryParameter,
  type SignHeadersOptions,
  SigningKeyCache,
  signHeadersV1,
  signHeadersV4,
  toHeaderText,
} from '@annals/protocol';
import type { ConnectionOptions } from '../client-options.js';

/** What is signed of a call. */
export interface SignableCall {
  readonly method: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: readonly QueryParameter[];
}

const REGION_DEFAULT = 'cn-hangzhou';

/** The region that signatures name. */
export function regionOf({ region }: ConnectionOptions): string {
  return region ?? REGION_DEFAULT;
}

/** A client has one key, derived again each day; four HMACs per call would be most of what signing costs. */
const signingKeys = new SigningKeyCache();

/**
 * @param nowMs Milliseconds since 1970, by the server's clock.
 * @param headers Of the call, by lower-case names; text beyond ASCII travels as UTF-8.
 * @returns Every header to send, the signature's included.
 */
export function signCall(
  call: SignableCall,
  options: ConnectionOptions,
  credentials: Credentials,
  nowMs: number,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const { bucket, key } = call;
  const encoded = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, toHeaderText(value)]));
  const request: SignHeadersOptions = {
    request: { method: call.method, query: new Query(call.query ?? []), headers: new Map(Object.entries(encoded)) },
    resource: { ...(bucket !== undefined && { bucket }), ...(key !== undefined && { key }) },
    credentials,
    nowMs,
  };
  const signature =
    options.signatureVersion === 'v1'
      ? signHeadersV1(request)
      : signHeadersV4({ ...request, region: regionOf(options), cache: signingKeys });
  return { ...encoded, ...signature };
}
