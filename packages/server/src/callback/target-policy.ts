/**
 * Which addresses a callback may reach. An uploader chooses the URL, so without this list the server would fetch
 * whatever its own network lets it reach (server-side request forgery). Leaves out names and their addresses
 * (`callback-sender.ts`).
 */
import { BlockList, isIP } from 'node:net';

/** One entry of the list that cannot be understood. */
export class InvalidTargetPattern extends Error {
  constructor(pattern: string) {
    super(
      `Cannot use the callback target "${pattern}": expected a host name, *.DOMAIN, an IP address or a range such as 10.0.0.0/8`,
    );
    this.name = 'InvalidTargetPattern';
  }
}

const HOST_NAME = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/**
 * Ranges that are not the public internet (RFC 6890 and its successors): a name alone never allows them. Otherwise the
 * owner of that name in the DNS could point it at the server's own network.
 */
const SPECIAL_RANGES = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['64:ff9b::', 32, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 9, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
] as const;

const special = new BlockList();
for (const [address, prefix, family] of SPECIAL_RANGES) special.addSubnet(address, prefix, family);

/**
 * Tells whether an address is not of the public internet.
 * @param address IPv4 or IPv6; anything else is not.
 */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && special.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** An allow list of host names and address ranges; what is not on it is refused. */
export class TargetPolicy {
  readonly #hosts: readonly string[];
  readonly #ranges = new BlockList();

  /** @throws {InvalidTargetPattern} For an entry that is neither a host name nor a range. */
  constructor(patterns: readonly string[]) {
    const hosts: string[] = [];
    for (const pattern of patterns) {
      const host = pattern.toLowerCase();
      if (this.#addRange(host)) continue;
      if (!HOST_NAME.test(host)) throw new InvalidTargetPattern(pattern);
      hosts.push(host);
    }
    this.#hosts = hosts;
    this.isEmpty = patterns.length === 0;
  }

  /** Whether nothing is allowed. */
  readonly isEmpty: boolean;

  /**
   * Tells whether a connection may be made.
   * @param host Name or address as the URL says it, in lower case, IPv6 without brackets.
   * @param address The IP address that would be connected to.
   */
  allows(host: string, address: string): boolean {
    const family = isIP(address);
    if (family === 0) return false;
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    if (this.#ranges.check(address, kind)) return true;
    return this.lists(host) && !special.check(address, kind);
  }

  /**
   * Tells whether a name is on the list, wherever it leads.
   * @param host As for `allows`.
   */
  lists(host: string): boolean {
    if (isIP(host) !== 0) return false;
    const name = host.replace(/\.$/, '');
    return this.#hosts.some((pattern) => {
      return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
    });
  }

  #addRange(pattern: string): boolean {
    const [address = '', prefixText, ...more] = pattern.split('/');
    const family = isIP(address);
    if (family === 0 || more.length > 0) return false;
    const bits = family === 4 ? 32 : 128;
    const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : bits + 1;
    if (prefix > bits) throw new InvalidTargetPattern(pattern);
    this.#ranges.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
    return true;
  }
}
