/**
 * Ranges of IP addresses in CIDR notation, both versions. Leaves out names and ports.
 */
import { isIP } from 'node:net';

/** An address: 4 or 16 bytes. */
type AddressBytes = Uint8Array;

/** An address and how much of it counts. */
export interface IpRange {
  readonly address: AddressBytes;
  readonly prefixLengthBits: number;
}

/**
 * Reads a range.
 * @param text `10.0.0.0/8`, `2001:db8::/32`, or one address.
 * @returns `undefined` if it is none.
 */
export function parseIpRange(text: string): IpRange | undefined {
  const slash = text.indexOf('/');
  const given = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (given === undefined) return undefined;
  const isMapped = slash >= 0 && given.wasMapped;
  const lengthMax = given.bytes.length * 8;
  if (slash < 0) return { address: given.bytes, prefixLengthBits: lengthMax };
  const digits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits)) return undefined;
  const prefixLengthBits = Number(digits) - (isMapped ? 96 : 0);
  if (prefixLengthBits < 0 || prefixLengthBits > lengthMax) return undefined;
  return { address: given.bytes, prefixLengthBits };
}

/**
 * Tells whether an address lies in a range.
 * @param text An address; IPv4 in IPv6 clothing counts as IPv4, a zone (`%eth0`) is ignored.
 * @returns `undefined` if the text is no address.
 */
export function isInIpRange(text: string, range: IpRange): boolean | undefined {
  const address = parseIpAddress(text)?.bytes;
  if (address === undefined) return undefined;
  if (address.length !== range.address.length) return false;
  const wholeBytes = range.prefixLengthBits >>> 3;
  for (let index = 0; index < wholeBytes; index += 1) {
    if (address[index] !== range.address[index]) return false;
  }
  const restBits = range.prefixLengthBits & 7;
  if (restBits === 0) return true;
  const differing = (address[wholeBytes] as number) ^ (range.address[wholeBytes] as number);
  return differing >>> (8 - restBits) === 0;
}

function parseIpAddress(text: string): { readonly bytes: AddressBytes; readonly wasMapped: boolean } | undefined {
  const address = text.replace(/%.*$/s, '');
  const version = isIP(address);
  if (version === 0) return undefined;
  if (version === 4) return { bytes: parseIpv4(address), wasMapped: false };
  const bytes = parseIpv6(address);
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? { bytes: bytes.subarray(12), wasMapped: true } : { bytes, wasMapped: false };
}

function parseIpv4(address: string): AddressBytes {
  return Uint8Array.from(address.split('.'), Number);
}

/** The address is known to be well-formed. */
function parseIpv6(address: string): AddressBytes {
  const [head = '', tail] = address.split('::');
  const headBytes = groupBytes(head);
  const tailBytes = tail === undefined ? [] : groupBytes(tail);
  const bytes = new Uint8Array(16);
  bytes.set(headBytes);
  bytes.set(tailBytes, 16 - tailBytes.length);
  return bytes;
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return [...parseIpv4(group)];
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}
