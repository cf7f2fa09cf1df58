// @ts-check
/** Every check of packed packages, one after the other, for the gate and for a release. */
import { checkContents } from './check-contents.js';
import { checkInstalled } from './check-installed.js';
import { checkManifests } from './check-manifests.js';
import { checkShape } from './check-shape.js';

/**
 * @param {readonly import('./pack-packages.js').PackedPackage[]} packages
 * @returns {Promise<{ findings: string[], warnings: string[] }>} `warnings`: what could not be checked here
 */
export async function inspectPackages(packages) {
  const findings = [...checkManifests(packages), ...packages.flatMap(checkContents)];
  for (const each of packages) findings.push(...(await checkShape(each)));
  // Packages that lack a file would only fail once more, in a less telling way.
  if (findings.length > 0) return { findings, warnings: [] };
  return checkInstalled(packages);
}
