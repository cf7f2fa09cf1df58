// @ts-check
/**
 * Checks that what is written beside the code is still true: links and anchors, commands in the README, the list of
 * dependencies, names of files, doc comments. Prints one line per finding and exits 1 when there is one; a line that
 * begins with `warning:` is for the reader only. What a doc comment says is left to reviewers.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkCommands } from './docs/commands.js';
import { checkCoverage } from './docs/coverage.js';
import { checkDependencies } from './docs/dependencies.js';
import { checkDocComments } from './docs/doc-comments.js';
import { checkFileNames, longFiles } from './docs/file-names.js';
import { checkLinks } from './docs/links.js';
import { openRepository } from './docs/repository.js';
import { checkRequestNames } from './docs/request-names.js';
import { checkRooms } from './docs/rooms.js';
import { checkTestMap } from './docs/test-map.js';

const repository = openRepository(fileURLToPath(new URL('..', import.meta.url)));
const findings = [
  ...checkLinks(repository),
  ...checkCommands(repository),
  ...checkCoverage(),
  ...checkRequestNames(),
  ...checkRooms(),
  ...checkDependencies(repository),
  ...checkFileNames(repository),
  ...checkDocComments(repository),
  ...checkTestMap(repository),
];
for (const required of ['README.md', 'docs/README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
  if (!existsSync(repository.absolute(required))) findings.push(`${required}: file is missing`);
}
for (const warning of longFiles(repository)) console.log(`warning: ${warning}`);
for (const finding of findings) console.error(finding);
if (findings.length > 0) console.error(`${findings.length} finding(s)`);
process.exitCode = findings.length === 0 ? 0 : 1;
