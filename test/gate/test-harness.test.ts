/** Tests share one server, one raw connection, one generator and one way to make folders. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Sources of tests and what only tests import, but for the programs of other clients. */
const files = ['test', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`)]
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .filter((path) => !path.startsWith('test/interop/'))
  .filter((path) => path.startsWith('test/') || path.endsWith('.test.ts') || path.includes('/testing/'));

/** Of commands whose folder is for all tests of a file, of suites that run elsewhere too, and of the gate's own. */
const OWN_FOLDERS = [
  'packages/cli/src/backup/backup-target.test.ts',
  'packages/cli/src/backup/backup.test.ts',
  'packages/cli/src/backup/broken-off.test.ts',
  'packages/cli/src/backup/killed.soak.test.ts',
  'packages/cli/src/backup/under-load.test.ts',
  'packages/cli/src/commands.test.ts',
  'packages/cli/src/commands/scrub.test.ts',
  'packages/cli/src/configuration/load-configuration.test.ts',
  'packages/cli/src/fsck/fsck.test.ts',
  'packages/cli/src/key.test.ts',
  'packages/cli/src/serve.test.ts',
  'packages/cli/src/serve/callback-key.test.ts',
  'packages/cli/src/serve/data-folder.test.ts',
  'packages/cli/src/testing/command-server.ts',
  'packages/store/src/conformance/blob-store.test.ts',
  'packages/store/src/conformance/key-value-store.test.ts',
  'packages/store/src/conformance/object-store-postgres.test.ts',
  'test/browser/client-bundle.test.ts',
  'test/gate/count-tests.test.ts',
  'test/gate/packages.test.ts',
  'test/gate/server-rooms.test.ts',
  'test/harness/temporary-folder.ts',
];

function holding(pattern: RegExp): string[] {
  return files
    .filter((path) => path !== 'test/gate/test-harness.test.ts' && pattern.test(readFileSync(join(root, path), 'utf8')))
    .sort();
}

it('finds tests and fixtures', () => {
  expect(files).toEqual(expect.arrayContaining(['test/harness/test-server.ts', 'packages/server/src/server.test.ts']));
});

it('only the raw connection opens a socket', () => {
  const pattern = /import \{[^}]*\b(?:connect|createConnection)\b[^}]*\} from '(?:node:)?(?:net|tls)'|\bnew Socket\(/;
  expect(holding(pattern)).toEqual([
    // Sockets that are connected to nothing.
    'packages/server/src/http/refused-connections.test.ts',
    // Cuts connections to a database.
    'packages/store/src/key-value/postgres/failures.test.ts',
    // Is a proxy: passes on what comes through its tunnels.
    'test/client/node-fetch.test.ts',
    // Tells a connection that was reset from one that ended.
    'test/conformance-http/follow.test.ts',
    'test/harness/raw-connection.ts',
    // Pass on bytes that others say.
    'test/harness/tcp-valve.ts',
    'test/harness/unreliable-proxy.ts',
    // Hands the SDK its sockets.
    'test/linearizability/ali-object-client.ts',
  ]);
});

it('only the test server puts a server together', () => {
  expect(holding(/\bcreateServer\b[^;]*from '(?:[^']*\/server\.js|@annals\/server)'/)).toEqual([
    // Over a store that its test goes on using.
    'packages/server/src/lifecycle/understood-rules.test.ts',
    'test/harness/test-server.ts',
  ]);
});

it('only the seeded generator of the conformance suites makes numbers', () => {
  expect(holding(/0x6d2b79f5|1_?103_?515_?245/)).toEqual([]);
});

it('folders are made in one place, but for those of a few commands', () => {
  expect(holding(/\bmkdtemp(?:Sync)?\(/)).toEqual(OWN_FOLDERS);
});

it('only one walk goes through folders, of which a living process may take something away meanwhile', () => {
  expect(holding(/\brecursive: true, withFileTypes: true\b/)).toEqual([
    // Look at a package that is unpacked, and nobody changes it.
    'test/gate/packages.test.ts',
  ]);
});
