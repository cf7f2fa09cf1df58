/**
 * The PROXY protocol, versions 1 and 2: what a proxy says of a connection in front of its first byte, TLS included.
 * Reads bytes; leaves out sockets and which proxies are trusted (`../http/proxy-gate.ts`).
 * @see https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
import { canonicalIpAddress } from './ip-address.js';

/**
 * The longest header that is read: version 1 has 107 bytes, version 2 its addresses and what the proxy adds, such as
 * names of certificates.
 */
export const PROXY_HEADER_LENGTH_BYTES_MAX = 4096;

/** The client that a proxy speaks for. */
export interface AnnouncedClient {
  /** Canonical. `undefined`: the proxy speaks for itself (LOCAL), or does not tell (UNKNOWN, UNSPEC). */
  readonly address: string | undefined;
  /** Whether the proxy says that the client came encrypted. */
  readonly isSecure: boolean;
}

/** What the first bytes of a connection are. */
export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'complete'; readonly lengthBytes: number; readonly client: AnnouncedClient };

const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const VERSION_1 = Buffer.from('PROXY ');
const VERSION_1_LENGTH_BYTES_MAX = 107;
const FIXED_LENGTH_BYTES = 16;
const TLV_SSL = 0x20;
const CLIENT_SSL = 0x01;
const HIDDEN: AnnouncedClient = { address: undefined, isSecure: false };

/** Reads a header from all bytes that came so far. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, SIGNATURE)) return readVersion2(bytes);
  if (startsLike(bytes, VERSION_1)) return readVersion1(bytes);
  return malformed('it begins with neither version');
}

function startsLike(bytes: Buffer, expected: Buffer): boolean {
  const lengthBytes = Math.min(bytes.length, expected.length);
  return bytes.subarray(0, lengthBytes).equals(expected.subarray(0, lengthBytes));
}

function readVersion1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, VERSION_1_LENGTH_BYTES_MAX).indexOf('\r\n');
  if (end < 0) {
    return bytes.length >= VERSION_1_LENGTH_BYTES_MAX ? malformed('its line does not end') : { kind: 'incomplete' };
  }
  const line = bytes.toString('latin1', 0, end);
  const lengthBytes = end + 2;
  // What follows UNKNOWN is to be ignored.
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: 'complete', lengthBytes, client: HIDDEN };
  const [, family, source = '', destination = '', ...ports] =
    /^PROXY TCP([46]) ([0-9a-fA-F:.]+) ([0-9a-fA-F:.]+) (\d{1,5}) (\d{1,5})$/.exec(line) ?? [];
  const address = addressOf(source, family);
  const isRight = addressOf(destination, family) !== undefined && ports.every((port) => Number(port) <= 65_535);
  if (address === undefined || !isRight) return malformed('its line has no addresses and ports');
  return { kind: 'complete', lengthBytes, client: { address, isSecure: false } };
}

function addressOf(text: string, family: string | undefined): string | undefined {
  return text.includes(':') === (family === '6') ? canonicalIpAddress(text) : undefined;
}

function readVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < FIXED_LENGTH_BYTES) return { kind: 'incomplete' };
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13);
  const lengthBytes = FIXED_LENGTH_BYTES + bytes.readUInt16BE(14);
  if (command !== 0x20 && command !== 0x21) return malformed('its version or command is unknown');
  if (lengthBytes > PROXY_HEADER_LENGTH_BYTES_MAX)
    return malformed(`it has more than ${PROXY_HEADER_LENGTH_BYTES_MAX} bytes`);
  if (bytes.length < lengthBytes) return { kind: 'incomplete' };
  // LOCAL: a check of health, or another connection of the proxy's own; the rest is to be skipped.
  if (command === 0x20) return { kind: 'complete', lengthBytes, client: HIDDEN };
  const body = bytes.subarray(FIXED_LENGTH_BYTES, lengthBytes);
  const addressesLengthBytes = { 0: 0, 17: 12, 18: 12, 33: 36, 34: 36, 49: 216, 50: 216 }[family];
  if (addressesLengthBytes === undefined) return malformed('its family of addresses is unknown');
  if (body.length < addressesLengthBytes) return malformed('it is shorter than its addresses');
  const isSecure = readIsSecure(body.subarray(addressesLengthBytes));
  if (isSecure === undefined) return malformed('what stands behind its addresses does not end with it');
  return { kind: 'complete', lengthBytes, client: { address: sourceOf(body, family), isSecure } };
}

/** UNSPEC and sockets of files have no address. */
function sourceOf(body: Buffer, family: number): string | undefined {
  if (family >> 4 === 1) return [...body.subarray(0, 4)].join('.');
  if (family >> 4 !== 2) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => body.readUInt16BE(index * 2).toString(16));
  return canonicalIpAddress(groups.join(':'));
}

/** @returns `undefined` when the list of additions is broken. */
function readIsSecure(additions: Buffer): boolean | undefined {
  let isSecure = false;
  let index = 0;
  while (index < additions.length) {
    if (index + 3 > additions.length) return undefined;
    const type = additions.readUInt8(index);
    const start = index + 3;
    index = start + additions.readUInt16BE(index + 1);
    if (index > additions.length) return undefined;
    if (type === TLV_SSL && index > start) isSecure = (additions.readUInt8(start) & CLIENT_SSL) !== 0;
  }
  return isSecure;
}

function malformed(reason: string): ProxyHeader {
  return { kind: 'malformed', reason };
}
