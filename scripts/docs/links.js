// @ts-check
/**
 * Relative links and anchors of every Markdown page resolve, and every page under `docs/` can be reached by links from
 * `README.md` or `docs/README.md`. Addresses outside the repository are not visited: the gate works offline.
 */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { findAnchors, findLinks, parsePage } from './markdown.js';

/**
 * @param {import('./repository.js').Repository} repository
 * @returns {string[]}
 */
export function checkLinks(repository) {
  const pages = new Map(
    repository.files
      .filter((path) => path.endsWith('.md'))
      .map((path) => {
        const { prose } = parsePage(repository.read(path));
        return /** @type {const} */ ([path, { links: findLinks(prose), anchors: findAnchors(prose) }]);
      }),
  );
  /** @type {string[]} */
  const findings = [];
  /** @type {Map<string, string[]>} */
  const neighbours = new Map();
  for (const [path, page] of pages) {
    for (const { target, line } of page.links) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
      const [file = '', anchor = ''] = target.split('#');
      const linked =
        file === '' ? path : posix.normalize(posix.join(posix.dirname(path), decode(file.split('?')[0] ?? '')));
      neighbours.set(path, [...(neighbours.get(path) ?? []), linked]);
      if (linked.startsWith('..') || file.startsWith('/')) {
        findings.push(`${path}:${line}: link "${target}" leaves the repository`);
      } else if (!isKnown(repository, linked)) {
        findings.push(`${path}:${line}: link "${target}" points at "${linked}", which does not exist`);
      } else if (anchor !== '' && pages.has(linked) && !pages.get(linked)?.anchors.has(decode(anchor))) {
        findings.push(`${path}:${line}: link "${target}" names an anchor that "${linked}" does not have`);
      }
    }
  }
  const reached = reach(['README.md', 'docs/README.md'], neighbours);
  for (const path of pages.keys()) {
    if (path.startsWith('docs/') && !reached.has(path)) {
      findings.push(`${path}: page cannot be reached by links from README.md or docs/README.md`);
    }
  }
  return findings;
}

/**
 * Whether git has the file, or a file in the folder: a link must also work in a fresh clone.
 * @param {import('./repository.js').Repository} repository
 * @param {string} path
 */
function isKnown(repository, path) {
  const folder = path.endsWith('/') ? path : `${path}/`;
  if (path === '.' || path === './') return true;
  if (!existsSync(repository.absolute(path))) return false;
  return repository.files.some((file) => file === path || file.startsWith(folder));
}

/**
 * @param {string[]} starts
 * @param {Map<string, string[]>} neighbours
 */
function reach(starts, neighbours) {
  const reached = new Set(starts);
  // A set visits what is added to it while it is walked.
  for (const path of reached) for (const next of neighbours.get(path) ?? []) reached.add(next);
  return reached;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
