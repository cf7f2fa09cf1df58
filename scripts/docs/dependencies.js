// @ts-check
/**
 * `docs/dependencies.md` has one section for every package we depend on, at the version we depend on and with the
 * workspaces that use it, and none for a package we no longer use. Transitive packages are in the lock file only.
 */
import { existsSync } from 'node:fs';

const page = 'docs/dependencies.md';
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
const fields = ['Used by', 'For', 'Ours instead', 'Considered', 'Licence', 'Install scripts', 'Last release'];

/**
 * @param {import('./repository.js').Repository} repository
 * @returns {string[]}
 */
export function checkDependencies(repository) {
  if (!existsSync(repository.absolute(page))) return [`${page}: file is missing`];
  const used = usedPackages(repository);
  const sections = documentedPackages(repository.read(page));
  /** @type {string[]} */
  const findings = [];
  for (const [name, { version, users }] of used) {
    const section = sections.get(name);
    if (section === undefined) {
      findings.push(`${page}: dependency "${name}" ${version} of ${[...users].join(', ')} has no section`);
      continue;
    }
    if (section.version !== version) {
      findings.push(
        `${page}:${section.line}: "${name}" is described at ${section.version}, package.json has ${version}`,
      );
    }
    for (const field of fields) {
      if (!section.fields.get(field)) findings.push(`${page}:${section.line}: "${name}" does not say "${field}"`);
    }
    const wanted = [...users].sort().join(', ');
    const stated = (section.fields.get('Used by') ?? '').split(/,\s*/).sort().join(', ');
    if (stated !== wanted) {
      findings.push(`${page}:${section.line}: "${name}" is said to be used by "${stated}", wanted "${wanted}"`);
    }
  }
  for (const [name, { line }] of sections) {
    if (!used.has(name)) findings.push(`${page}:${line}: "${name}" is a dependency of no package.json`);
  }
  return findings;
}

/** @param {import('./repository.js').Repository} repository */
function usedPackages(repository) {
  const manifests = repository.files.filter((path) => /(^|\/)package\.json$/.test(path));
  const contents = manifests.map((path) => ({ path, manifest: repository.readJson(path) }));
  const ours = new Set(contents.map(({ manifest }) => manifest.name));
  /** @type {Map<string, { version: string, users: Set<string> }>} */
  const used = new Map();
  for (const { path, manifest } of contents) {
    const user = path === 'package.json' ? 'workspace' : String(manifest.name).replace(/^@annals\//, '');
    for (const kind of kinds) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        if (ours.has(name)) continue;
        const entry = used.get(name) ?? { version: String(version), users: new Set() };
        entry.users.add(user);
        used.set(name, entry);
      }
    }
  }
  return used;
}

/** @param {string} text */
function documentedPackages(text) {
  /** @type {Map<string, { version: string, line: number, fields: Map<string, string> }>} */
  const sections = new Map();
  /** @type {Map<string, string> | undefined} */
  let current;
  for (const [index, line] of text.split('\n').entries()) {
    const heading = /^### `([^`]+)` (\S+)$/.exec(line);
    if (heading) {
      current = new Map();
      sections.set(heading[1] ?? '', { version: heading[2] ?? '', line: index + 1, fields: current });
    } else if (/^#/.test(line)) current = undefined;
    const field = /^- ([A-Z][A-Za-z ]+): (.+)$/.exec(line);
    if (field) current?.set(field[1] ?? '', (field[2] ?? '').trim());
  }
  return sections;
}
