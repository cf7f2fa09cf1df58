/**
 * Finds the client of a request when a proxy stands in front: reads `X-Forwarded-For`, `Forwarded` (RFC 7239) and
 * `X-Forwarded-Proto`, and believes them only where a trusted proxy wrote them. Leaves out the PROXY protocol, which
 * says it once per connection (`proxy-protocol.ts`).
 */
import { OssError } from '@annals/protocol';
import parseForwarded from 'forwarded-parse';
import { canonicalIpAddress, type IpRanges } from './ip-address.js';

/** Which header says who a client is. `auto`: whichever is there, and both must say the same. */
export type ProxyHeaderChoice = 'auto' | 'x-forwarded-for' | 'forwarded';

/** The proxies that the server believes. */
export interface TrustedProxies {
  readonly addresses: IpRanges;
  readonly header: ProxyHeaderChoice;
}

/** The client of a request. */
export interface RequestClient {
  /** Canonical IP address, or `UNKNOWN_ADDRESS`. */
  readonly clientAddress: string;
  /** Whether the client's own connection is encrypted, as far as a trusted proxy says. */
  readonly isSecure: boolean;
}

/**
 * Stands for a client whose trusted proxy does not tell who it is. It is no address, so conditions on addresses count
 * it as missing.
 */
export const UNKNOWN_ADDRESS = 'unknown';

/** One hop as a proxy wrote it. */
interface Hop {
  readonly address: string;
  readonly isSecure: boolean | undefined;
}

/**
 * Finds out whose request it is.
 * @param connection The other end of the connection, and whether it is encrypted.
 * @param headers Lower-case names; lines of one name joined by ", ".
 * @throws {OssError} `BadRequest` when a trusted proxy sends a `Forwarded` header that is malformed, or two headers
 *   that disagree: guessing would let a client choose its address.
 */
export function clientOfRequest(
  connection: RequestClient,
  headers: ReadonlyMap<string, string>,
  { addresses, header }: TrustedProxies,
): RequestClient {
  if (addresses.isEmpty || !addresses.includes(connection.clientAddress)) return connection;
  const forwardedFor = header === 'forwarded' ? undefined : headers.get('x-forwarded-for');
  const forwarded = header === 'x-forwarded-for' ? undefined : headers.get('forwarded');
  const isSecure = readProtocol(headers.get('x-forwarded-proto')) ?? connection.isSecure;
  const candidates = [
    ...(forwardedFor === undefined ? [] : [hopsOfForwardedFor(forwardedFor)]),
    ...(forwarded === undefined ? [] : [hopsOfForwarded(forwarded)]),
  ].map((hops) => nearestStranger(hops, addresses));
  const [first, second] = candidates;
  if (first === undefined) return { clientAddress: connection.clientAddress, isSecure };
  if (second !== undefined && first.address !== second.address) {
    throw new OssError('BadRequest', { message: 'The headers X-Forwarded-For and Forwarded name different clients.' });
  }
  return { clientAddress: first.address, isSecure: second?.isSecure ?? first.isSecure ?? isSecure };
}

/**
 * Each proxy adds the address it was reached from at the end, so what stands before the first stranger may be invented.
 */
function nearestStranger(hops: readonly Hop[], trusted: IpRanges): Hop {
  let nearest: Hop = { address: UNKNOWN_ADDRESS, isSecure: undefined };
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    nearest = hops[index] as Hop;
    if (!trusted.includes(nearest.address)) return nearest;
  }
  return nearest;
}

function hopsOfForwardedFor(value: string): Hop[] {
  const entries = value.split(',').map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => ({ address: addressOfNode(entry), isSecure: undefined }));
}

function hopsOfForwarded(value: string): Hop[] {
  let elements: Record<string, string>[];
  try {
    elements = parseForwarded(value.trim());
  } catch (cause) {
    throw new OssError('BadRequest', { message: 'The header Forwarded is malformed.', cause });
  }
  return elements.map((element) => ({
    address: Object.hasOwn(element, 'for') ? addressOfNode(element.for ?? '') : UNKNOWN_ADDRESS,
    isSecure: Object.hasOwn(element, 'proto') ? readProtocol(element.proto) : undefined,
  }));
}

/**
 * `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`; `unknown` and `_hidden` tell
 * nothing.
 */
function addressOfNode(text: string): string {
  const [, bracketed, withPort] = /^(?:\[([^\]]*)\](?::[\w.-]+)?|([\d.]+):[\w.-]+)$/.exec(text) ?? [];
  return canonicalIpAddress(bracketed ?? withPort ?? text) ?? UNKNOWN_ADDRESS;
}

/** Of several, the nearest proxy wrote the last. */
function readProtocol(value: string | undefined): boolean | undefined {
  const last = value?.split(',').at(-1)?.trim().toLowerCase();
  if (last === 'https') return true;
  return last === 'http' ? false : undefined;
}
