// @ts-check
/**
 * Which package and folder may import which, as docs/ARCHITECTURE.md draws it. Types count as imports: a type knows as
 * much as a value does. An import of another package resolves to its built `dist`, so build (`npm run build`) before
 * checking.
 */

const { SERVER, SERVER_ROOMS, checkServerRooms, roomPattern } = require('./scripts/server-rooms.cjs');

/** What each package may import of the others, besides itself. */
const packageDirections = {
  checksum: [],
  protocol: [],
  store: ['checksum'],
  server: ['protocol', 'store', 'checksum'],
  client: ['protocol', 'checksum'],
  cli: ['client', 'server', 'store', 'protocol', 'checksum'],
};

/** Files of `client` that run on Node only; everything else must also run in a browser. */
const clientNodeOnly = ['^packages/client/src/node/'];

/** The folders of the object store, outermost first: each may import those after it, and none that stands beside it. */
const objectStoreFolders = [
  ['migration'],
  ['maintenance'],
  ['append', 'objects', 'multipart', 'buckets'],
  ['copy'],
  ['versions'],
  ['content'],
  ['rules'],
  ['context'],
  ['gateways'],
  ['records'],
];

const tests = '[.]test[.]ts$';
const testing = '/testing/';
const engineFolder = '^packages/store/src/(?:(?:key-value|blob)/[^/]+|file-system)/';

/** How Node's files are named, with their prefix and without. */
const nodeFiles = ['^(?:node:)?fs(?:/promises)?$'];

/** Those of the store that touch files themselves. */
const storeFileDoors = [
  '^packages/store/src/file-system/node-(?:blocking-)?file-system[.]ts$',
  '^packages/store/src/key-value/journaled-lmdb/folder-lock/data-folder-lock[.]ts$',
  '^packages/store/src/conformance/object-store-engine-pairs[.]ts$',
  '^packages/store/src/key-value/postgres/postgres-server-fixture[.]ts$',
];

/** Those of the server. */
const serverFileDoors = [
  '^packages/server/src/audit/(?:audit-files|audit-log|verify-audit-log)[.]ts$',
  '^packages/server/src/(?:encryption/kms-keys|accounts/load-master-keys)[.]ts$',
  '^packages/server/src/(?:http/(?:tls-listener|descriptor-reserve)|limits/descriptor-limit)[.]ts$',
];

const betweenPackages = Object.entries(packageDirections).map(([name, allowed]) => ({
  name: `package-${name}`,
  comment: `${name} may import of the other packages only: ${allowed.join(', ') || 'none'}`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: { path: '^packages/', pathNot: [name, ...allowed].map((other) => `^packages/${other}/`) },
}));

/**
 * Each room of the server imports the rooms it may, and is imported by those that may; types count, and there are no
 * exemptions.
 */
const insideServer = Object.entries(SERVER_ROOMS).map(([name, { mayImport }]) => ({
  name: `server-room-${name}`,
  comment: `${name} may import of the server only: ${mayImport.join(', ') || 'nothing'} (scripts/server-rooms.cjs)`,
  severity: 'error',
  from: { path: roomPattern(name), pathNot: tests },
  to: { path: `^${SERVER}/`, pathNot: [name, ...mayImport].map(roomPattern) },
}));

const roomFindings = checkServerRooms(__dirname);
if (roomFindings.length > 0) throw new Error(roomFindings.join('\n'));

const objectStoreRoot = '^packages/store/src/object-store/';
const insideObjectStore = objectStoreFolders.flatMap((row, index) =>
  row.map((folder) => {
    const allowed = [folder, ...objectStoreFolders.slice(index + 1).flat()];
    return {
      name: `object-store-${folder}`,
      comment: `${folder} may import of the object store only the words at its root and: ${allowed.join(', ')}`,
      severity: 'error',
      from: { path: `${objectStoreRoot}${folder}/`, pathNot: [tests, '-fixture[.]ts$'] },
      to: {
        path: objectStoreRoot,
        pathNot: [
          `${objectStoreRoot}(?:${allowed.join('|')})/`,
          `${objectStoreRoot}(?:types|append-types|multipart-types|live-channel-types|store-failure)[.]ts$`,
        ],
      },
    };
  }),
);

module.exports = {
  forbidden: [
    ...betweenPackages,
    ...insideServer,
    ...insideObjectStore,
    {
      name: 'cli-light-start',
      comment:
        'no command loads the server or the store before it needs them: `annals ls` is quick, and Node opens few files at once',
      severity: 'error',
      from: {
        path: '^packages/cli/src/(?:commands/|admin/|configuration/|terminal/|main[.]ts$|program[.]ts$|serve/root-access-key[.]ts$)',
        pathNot: tests,
      },
      to: { path: '^packages/(?:server|store)/', dependencyTypesNot: ['type-only', 'dynamic-import'] },
    },
    {
      name: 'by-package-name',
      comment: 'another package is imported by its name, never by a path into its folder',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'], dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'public-entry-only',
      comment: 'another package is imported through its entries, never deeper',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: {
        path: '^packages/[^/]+/',
        pathNot: ['^packages/$1/', '^packages/[^/]+/dist/(?:conformance/|node/)?index[.](?:d[.]ts|js)$'],
      },
    },
    {
      name: 'store-contract',
      comment: 'the contracts know the vocabulary below them and nothing else of the store, types included',
      severity: 'error',
      from: { path: '^packages/store/src/contract/', pathNot: tests },
      to: {
        path: '^packages/store/src/',
        pathNot: '^packages/store/src/(?:contract|vocabulary)/',
      },
    },
    {
      name: 'store-vocabulary',
      comment: 'the vocabulary imports nothing: it lies below the contracts',
      severity: 'error',
      from: { path: '^packages/store/src/vocabulary/', pathNot: tests },
      to: { path: '^packages/', pathNot: '^packages/store/src/vocabulary/' },
    },
    {
      name: 'store-engines-below',
      comment: 'engines know the contracts only, never the object store above them',
      severity: 'error',
      from: { path: '^packages/store/src/(?:key-value|blob|file-system)/', pathNot: tests },
      to: { path: '^packages/store/src/(?:object-store|conformance)/' },
    },
    {
      name: 'object-store-one-way-for-bodies',
      comment: 'whatever brings a body goes through writeBody, which knows the order of its steps',
      severity: 'error',
      from: {
        path: '^packages/store/src/object-store/',
        pathNot: [tests, '^packages/store/src/object-store/content/write-body[.]ts$'],
      },
      to: {
        path: '^packages/store/src/object-store/content/receive-body[.]ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'store-engines-apart',
      comment: 'an engine does not build on another engine of its kind',
      severity: 'error',
      from: { path: '^packages/store/src/(key-value|blob)/([^/]+)/', pathNot: tests },
      to: { path: '^packages/store/src/$1/[^/]+/', pathNot: '^packages/store/src/$1/$2/' },
    },
    {
      name: 'store-engines-injected',
      comment: 'the object store is given its engines; its tests may open one',
      severity: 'error',
      from: { path: '^packages/store/src/object-store/', pathNot: tests },
      to: { path: engineFolder },
    },
    {
      name: 'checksum-without-node',
      comment:
        'checksum also runs in a browser: Node modules are used in its folder node only, which the rest does not import',
      severity: 'error',
      from: { path: '^packages/checksum/src/', pathNot: ['^packages/checksum/src/node/', tests] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'browsers-without-checksum-node',
      comment: 'what runs in a browser takes nothing of the checksums that need Node',
      severity: 'error',
      from: {
        path: '^packages/(?:checksum|protocol|client)/src/',
        pathNot: ['^packages/checksum/src/node/', ...clientNodeOnly, tests],
      },
      to: { path: '^packages/checksum/(?:src|dist)/node/' },
    },
    {
      name: 'store-files',
      comment:
        'all file access of the store goes through the contract in file-system, so that a simulated disk can be under it; docs/reliability.md says why the named files do not',
      severity: 'error',
      from: { path: '^packages/store/src/', pathNot: [...storeFileDoors, tests] },
      to: { path: [...nodeFiles, 'node_modules/lmdb/'] },
    },
    {
      name: 'server-files',
      comment:
        'the server keeps what it stores in the store; docs/reliability.md says why the named files touch files themselves',
      severity: 'error',
      from: { path: '^packages/server/src/', pathNot: [...serverFileDoors, tests] },
      to: { path: nodeFiles },
    },
    {
      name: 'protocol-without-node',
      comment: 'protocol also runs in a browser: Node modules are used in digest only',
      severity: 'error',
      from: { path: '^packages/protocol/src/', pathNot: ['^packages/protocol/src/digest/', tests] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'client-without-node',
      comment: 'client also runs in a browser: Node modules are used in its Node-only files',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: [...clientNodeOnly, tests] },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no-cycles', comment: 'no import cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      comment: 'every import resolves; an unbuilt package is built with npm run build',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: "what a package imports stands in its own package.json, or is the workspace's for its tests",
      severity: 'error',
      from: { path: '^packages/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'development-only-in-tests',
      comment: 'what the product imports is no development dependency',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: `${tests}|${testing}` },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/node/' },
    },
    {
      name: 'tests-on-top',
      comment: 'nothing but a test imports a test',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'testing-below-tests-alone',
      comment: 'what only tests use is not in the packages',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: `${tests}|${testing}` },
      to: { path: testing },
    },
  ],
  options: {
    exclude: { path: '^packages/[^/]+/dist/.*[.]map$' },
    doNotFollow: { path: ['node_modules', '^packages/[^/]+/dist/'] },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.tests.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    moduleSystems: ['es6', 'cjs'],
    skipAnalysisNotInRules: true,
  },
};
