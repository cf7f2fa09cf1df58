/**
 * Temporary credentials of a role, fetched from an STS endpoint with the RPC signature (HMAC-SHA1 over the sorted
 * parameters) and fetched again before they end. Works with this server's `/-/sts/` and with the public service.
 */
import { type Credentials, percentEncode } from '@annals/protocol';
import { AnnalsError } from '../error.js';
import type { CredentialProvider } from './credential-provider.js';

/** Which role is assumed, where, and by which caller. */
export interface AssumeRoleOptions {
  /** Such as `https://sts.cn-hangzhou.aliyuncs.com` or `http://127.0.0.1:9000/-/sts/`. */
  readonly endpoint: string;
  /** Such as `acs:ram::1234567890123456:role/uploader`. */
  readonly roleArn: string;
  /** Shows in logs. 2 to 64 of letters, digits and `.@-_`. Default `annals-client`. */
  readonly sessionName?: string;
  /** Seconds the keys hold, from 900. Default 3600. */
  readonly durationSeconds?: number;
  /** A policy that narrows the role's, as JSON text. */
  readonly policy?: string;
  /** The keys that may assume the role. */
  readonly source: CredentialProvider;
  /** Default: the runtime's own. */
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number;
}

/** Keys are fetched again this long before they end, so that no call under way outlives its own. */
const RENEWAL_MS = 300_000;

const SESSION_NAME_DEFAULT = 'annals-client';
const DURATION_SECONDS_DEFAULT = 3600;
const TIMEOUT_MS = 30_000;

interface Lease {
  readonly credentials: Credentials;
  /** Milliseconds since 1970. */
  readonly endsAtMs: number;
}

/**
 * A provider of a role's temporary keys. Callers that ask at the same time share one request. While a renewal fails,
 * keys that still hold are given.
 */
export function assumeRoleCredentials(options: AssumeRoleOptions): CredentialProvider {
  const clock = options.clock ?? Date.now;
  let lease: Lease | undefined;
  let renewal: Promise<Lease> | undefined;
  const renew = (): Promise<Lease> => {
    renewal ??= fetchLease(options, clock())
      .then((fetched) => {
        lease = fetched;
        return fetched;
      })
      .finally(() => {
        renewal = undefined;
      });
    return renewal;
  };
  return async (refused) => {
    const isRefused = lease !== undefined && refused?.accessKeyId === lease.credentials.accessKeyId;
    if (lease === undefined || isRefused) return (await renew()).credentials;
    if (clock() < lease.endsAtMs - RENEWAL_MS) return lease.credentials;
    const held = lease;
    return renew().then(
      (fetched) => fetched.credentials,
      (error: unknown) => {
        if (clock() < held.endsAtMs) return held.credentials;
        throw error;
      },
    );
  };
}

async function fetchLease(options: AssumeRoleOptions, nowMs: number): Promise<Lease> {
  const source = await options.source();
  const action = `assume the role "${options.roleArn}" at ${new URL(options.endpoint).origin}`;
  const parameters = new Map([
    ['Action', 'AssumeRole'],
    ['Version', '2015-04-01'],
    ['Format', 'JSON'],
    ['RoleArn', options.roleArn],
    ['RoleSessionName', options.sessionName ?? SESSION_NAME_DEFAULT],
    ['DurationSeconds', String(options.durationSeconds ?? DURATION_SECONDS_DEFAULT)],
    ['AccessKeyId', source.accessKeyId],
    ['SignatureMethod', 'HMAC-SHA1'],
    ['SignatureVersion', '1.0'],
    ['SignatureNonce', globalThis.crypto.randomUUID()],
    ['Timestamp', new Date(nowMs).toISOString().replace(/\.\d{3}Z$/, 'Z')],
  ]);
  if (options.policy !== undefined) parameters.set('Policy', options.policy);
  if (source.securityToken !== undefined) parameters.set('SecurityToken', source.securityToken);
  const body = await signParameters(parameters, source.accessKeySecret);
  let status: number;
  let text: string;
  try {
    const response = await (options.fetch ?? fetch)(options.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    throw new AnnalsError('NetworkFailed', `Cannot ${action}: no answer`, { outcome: 'not-applied', cause });
  }
  return readLease(text, status, action);
}

/** Adds the signature. @returns A form's body. */
async function signParameters(parameters: ReadonlyMap<string, string>, secret: string): Promise<string> {
  const pairs = [...parameters].map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`);
  const query = pairs.sort().join('&');
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-1' };
  const key = await globalThis.crypto.subtle.importKey('raw', encoder.encode(`${secret}&`), algorithm, false, ['sign']);
  const signed = encoder.encode(`POST&${percentEncode('/')}&${percentEncode(query)}`);
  const signature = new Uint8Array(await globalThis.crypto.subtle.sign('HMAC', key, signed));
  return `${query}&Signature=${percentEncode(btoa(String.fromCharCode(...signature)))}`;
}

function readLease(text: string, status: number, action: string): Lease {
  const answer = readJson(text);
  const given = property(answer, 'Credentials');
  const accessKeyId = property(given, 'AccessKeyId');
  const accessKeySecret = property(given, 'AccessKeySecret');
  const securityToken = property(given, 'SecurityToken');
  const endsAtMs = Date.parse(String(property(given, 'Expiration')));
  if (
    typeof accessKeyId !== 'string' ||
    typeof accessKeySecret !== 'string' ||
    typeof securityToken !== 'string' ||
    Number.isNaN(endsAtMs)
  ) {
    // The answer itself may hold keys, so only what an error says of itself is quoted.
    const reason = `${String(property(answer, 'Code') ?? 'no credentials')}, ${String(property(answer, 'Message') ?? '')}`;
    const code = status >= 500 ? 'NetworkFailed' : 'CredentialsMissing';
    throw new AnnalsError(code, `Cannot ${action}: ${reason} (status ${status})`, { outcome: 'not-applied' });
  }
  return { credentials: { accessKeyId, accessKeySecret, securityToken }, endsAtMs };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
