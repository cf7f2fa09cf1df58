/**
 * IP addresses in one spelling each, and ranges of them. Strict: what other programs put into headers and settings is
 * an address in its usual form or none. Leaves out host names, and the loose forms that browsers take
 * (`host-name.ts` of protocol).
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Reads an address.
 * @param text `192.0.2.1`, `2001:db8::1`; IPv4 in IPv6 clothing becomes IPv4, a zone (`%eth0`) is left out.
 * @returns The address in lower case and as short as it can be, or `undefined` when it is none.
 */
export function canonicalIpAddress(text: string): string | undefined {
  const address = text.replace(/%.*$/s, '');
  if (isIP(address) === 0) return undefined;
  return ipaddr.process(address).toString();
}

/** A list of addresses and ranges. */
export class IpRanges {
  readonly #ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

  /** @throws {RangeError} For an entry that is neither an address nor a range. */
  constructor(entries: readonly string[]) {
    this.#ranges = entries.map((entry) => {
      const range = parseRange(entry);
      if (range === undefined) {
        throw new RangeError(`Cannot read "${entry}": expected an IP address or a range such as 10.0.0.0/8`);
      }
      return range;
    });
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** @param address In its canonical form. */
  includes(address: string): boolean {
    if (isIP(address) === 0) return false;
    const parsed = ipaddr.process(address);
    return this.#ranges.some(([network, lengthBits]) => {
      if (parsed instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && parsed.match(network, lengthBits);
      return network instanceof ipaddr.IPv6 && parsed.match(network, lengthBits);
    });
  }
}

function parseRange(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  const [address = '', prefix, ...more] = entry.split('/');
  if (isIP(address) === 0 || more.length > 0) return undefined;
  const parsed = ipaddr.parse(address);
  const lengthMax = parsed.kind() === 'ipv4' ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= lengthMax)) return undefined;
  const lengthBits = prefix === undefined ? lengthMax : Number(prefix);
  if (!(parsed instanceof ipaddr.IPv6) || !parsed.isIPv4MappedAddress()) return [parsed, lengthBits];
  // A range that is wider than all of IPv4 holds more than IPv4.
  return lengthBits < 96 ? [parsed, lengthBits] : [parsed.toIPv4Address(), lengthBits - 96];
}
