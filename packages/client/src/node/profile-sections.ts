/**
 * The form of profile files: `[section]` lines and `name = value` lines, as ossutil writes them. Leaves out what the
 * names mean.
 */

/**
 * Reads a profile file.
 * @returns Sections by name, their values by name; all names in lower case. Lines that are neither are left out.
 */
export function readProfileSections(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      values = new Map();
      sections.set(header.trim().toLowerCase(), values);
      continue;
    }
    const [, name, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name.toLowerCase(), value);
  }
  return sections;
}
