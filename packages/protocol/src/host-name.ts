/**
 * What a host is, however it is spelled: an IP address or a name. Leaves out whose it is.
 */

/** A host in its one spelling. */
export type HostName =
  | { readonly kind: 'address' }
  /** In lower case and in ASCII, without port and trailing dots. */
  | { readonly kind: 'name'; readonly name: string };

/** What ends a host in a URL, and white space. */
const NO_HOST_CHARACTER = /[\s/?#@\\]/;

/**
 * Reads a host as browsers do: `127.1`, `0x7f000001` and `2130706433` are IPv4 addresses, full-width letters and digits
 * are plain ones, names in other scripts are Punycode.
 * @param host With or without port and trailing dots; IPv6 with or without brackets.
 * @returns `undefined` when it is neither an address nor a name.
 */
export function readHostName(host: string): HostName | undefined {
  const text = host.trim();
  if (text === '' || NO_HOST_CHARACTER.test(text)) return undefined;
  const isBareIpv6 = !text.startsWith('[') && text.split(':').length > 2;
  const bracketed = isBareIpv6 ? `[${text}]` : text;
  if (bracketed.startsWith('['))
    return isUrlHost(bracketed.replace(/%[^\]]*\]/, ']')) ? { kind: 'address' } : undefined;
  // Of several trailing dots the parser keeps all but one, and then no longer sees an address.
  const withoutDots = bracketed.replace(/:\d*$/, '').replace(/[.\u3002\uff0e\uff61]+$/u, '');
  const hostname = urlHostOf(withoutDots);
  if (hostname === undefined || hostname === '') return undefined;
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname) ? { kind: 'address' } : { kind: 'name', name: hostname };
}

/**
 * Tells whether a name is a domain or lies below it.
 * @param name In lower case, as the domain.
 */
export function isWithinDomain(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

function isUrlHost(host: string): boolean {
  return urlHostOf(host) !== undefined;
}

function urlHostOf(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined;
  }
}
