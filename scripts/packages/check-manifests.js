// @ts-check
/**
 * What every `package.json` of a published package must say. Leaves out whether its files keep the promise:
 * `check-contents.js` and publint.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pack-packages.js';

/**
 * @param {readonly import('./pack-packages.js').Package[]} packages
 * @returns {string[]} findings
 */
export function checkManifests(packages) {
  const names = new Set(packages.map(({ name }) => name));
  const version = packages[0]?.manifest.version;
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  /** @type {string[]} */
  const findings = [];
  if (!changelog.split('\n').some((line) => line.startsWith(`## [${version}] - `))) {
    findings.push(`CHANGELOG.md: version ${version} of the packages has no section`);
  }
  for (const { path, manifest } of packages) {
    const want = (/** @type {boolean} */ holds, /** @type {string} */ wanted) => {
      if (!holds) findings.push(`${path}/package.json: ${wanted}`);
    };
    want(manifest.private !== true, 'wanted a package that is not private');
    want(
      manifest.version === version,
      `version "${manifest.version}", wanted "${version}" as the other packages have it`,
    );
    want(/\S/.test(manifest.description ?? ''), 'wanted a description');
    want(manifest.license === 'Apache-2.0', `licence "${manifest.license}", wanted "Apache-2.0"`);
    want(manifest.type === 'module', 'wanted type "module"');
    want(manifest.engines?.node === '>=20.19', 'wanted engines.node ">=20.19"');
    want(
      manifest.repository?.type === 'git' && /^git\+https:/.test(manifest.repository.url),
      'wanted a repository with a git+https URL',
    );
    want(
      manifest.repository?.url === packages[0]?.manifest.repository?.url,
      'wanted the repository of the other packages',
    );
    want(manifest.repository?.directory === path, `wanted repository.directory "${path}"`);
    want(manifest.publishConfig?.access === 'public', 'wanted publishConfig.access "public"');
    want(Array.isArray(manifest.files), 'wanted a list of files');
    want(manifest.exports?.['.'] !== undefined, 'wanted exports with "."');
    for (const [entry, conditions] of Object.entries(manifest.exports ?? {})) {
      const forms = conditions.import === undefined ? [conditions] : Object.values(conditions);
      want(
        forms.every((form) => Object.keys(form)[0] === 'types'),
        `wanted "types" first in the conditions of "${entry}"`,
      );
      want(
        conditions.import === undefined || conditions.require !== undefined,
        `wanted "require" beside "import" in the conditions of "${entry}"`,
      );
    }
    want(manifest.scripts === undefined, 'wanted no scripts: nothing may run where the package is installed');
    want(
      manifest.devDependencies === undefined,
      'wanted development dependencies in the package.json of the workspace',
    );
    for (const [name, wanted] of Object.entries(manifest.dependencies ?? {})) {
      const exact = names.has(name) ? version : /^\d+\.\d+\.\d+$/.test(wanted) ? wanted : 'an exact version';
      want(wanted === exact, `dependency "${name}" at "${wanted}", wanted ${exact}`);
    }
  }
  return findings;
}
