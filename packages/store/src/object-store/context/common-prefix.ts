/** What groups keys in listings. */

/** @returns The key up to and including the first delimiter behind the prefix; undefined when there is none. */
export function commonPrefixOf(
  { prefix, delimiter }: { readonly prefix: string; readonly delimiter: string },
  key: string,
): string | undefined {
  if (delimiter === '') {
    return undefined;
  }
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}
