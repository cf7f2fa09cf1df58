// @ts-check
/**
 * Checks that what is written beside the code is still true: links and anchors, commands in the README, the list of
 * dependencies, names of files, the map of the tests, generated pages. Prints one line per finding and exits 1 when
 * there is one.
 * What the code itself must keep is `structure/check-structure.js`.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkClientApi } from './docs/client-api.js';
import { checkCommands } from './docs/commands.js';
import { checkCoverage } from './docs/coverage.js';
import { checkDependencies } from './docs/dependencies.js';
import { checkFileNames } from './docs/file-names.js';
import { checkLinks } from './docs/links.js';
import { openRepository } from './docs/repository.js';
import { checkRequestNames } from './docs/request-names.js';
import { checkRooms } from './docs/rooms.js';
import { checkTestMap } from './docs/test-map.js';

const repository = openRepository(fileURLToPath(new URL('..', import.meta.url)));
const findings = [
  ...checkLinks(repository),
  ...checkCommands(repository),
  ...checkClientApi(),
  ...checkCoverage(),
  ...checkRequestNames(),
  ...checkRooms(),
  ...checkDependencies(repository),
  ...checkFileNames(repository),
  ...checkTestMap(repository),
];
for (const required of ['README.md', 'docs/README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
  if (!existsSync(repository.absolute(required))) findings.push(`${required}: file is missing`);
}
for (const finding of findings) console.error(finding);
if (findings.length > 0) console.error(`${findings.length} finding(s)`);
process.exitCode = findings.length === 0 ? 0 : 1;
