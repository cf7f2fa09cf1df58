/**
 * The checks of published packages see what they are there for: each planted fault is a finding, and the packages as
 * they are have none.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Packed {
  readonly name: string;
  readonly path: string;
  readonly directory: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
}

interface Scripts {
  readonly listPackages: () => readonly Packed[];
  readonly checkManifests: (packages: readonly Packed[]) => readonly string[];
  readonly checkContents: (packed: Packed) => readonly string[];
  readonly buildCommonjs: (built: Packed) => void;
}

/** The scripts are JavaScript and have no declarations. */
async function load(): Promise<Scripts> {
  const names = ['pack-packages', 'check-manifests', 'check-contents', 'build-commonjs'];
  const modules = await Promise.all(
    names.map((name) => import(new URL(`../../scripts/packages/${name}.js`, import.meta.url).href)),
  );
  return Object.assign({}, ...modules) as Scripts;
}

const { listPackages, checkManifests, checkContents, buildCommonjs } = await load();
const checksum = listPackages().find(({ name }) => name === '@annals/checksum') as Packed;

describe('checkManifests', () => {
  it('finds nothing in the packages as they are', () => {
    expect(checkManifests(listPackages())).toEqual([]);
  });

  it.each([
    ['version', '0.0.9', /version "0.0.9", wanted "0.1.0"/],
    ['private', true, /not private/],
    [
      'repository',
      { type: 'git', url: 'git+https://example.com/other.git', directory: 'packages/client' },
      /repository/,
    ],
    ['publishConfig', undefined, /publishConfig/],
    ['license', 'MIT', /licence "MIT"/],
    ['exports', { '.': { default: './dist/index.js', types: './dist/index.d.ts' } }, /"types" first/],
    ['exports', { '.': { import: { types: './a.d.ts', default: './a.js' } } }, /"require" beside "import"/],
    ['scripts', { postinstall: 'node x.js' }, /no scripts/],
    ['dependencies', { '@annals/checksum': '^0.1.0' }, /"@annals\/checksum" at "\^0.1.0", wanted 0.1.0/],
    ['dependencies', { zod: '^4.0.0' }, /an exact version/],
  ])('finds a wrong %s: %j', (field, value, finding) => {
    const packages = listPackages().map((each) =>
      each.name === '@annals/client' ? { ...each, manifest: { ...each.manifest, [field]: value } } : each,
    );
    expect(checkManifests(packages)).toEqual(
      expect.arrayContaining([expect.stringMatching(finding), expect.stringContaining('packages/client')]),
    );
  });
});

describe('checkContents', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'annals-contents-'));
    await cp(checksum.directory, directory, { recursive: true, filter: (path) => !path.includes('node_modules') });
    buildCommonjs({ ...checksum, directory });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** As the package would be packed: programs whose source is still there, and pages. */
  async function files(): Promise<string[]> {
    const paths = (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
    const sources = new Set(paths.filter((path) => path.startsWith('src')));
    return paths.filter((path) => {
      const output = /^dist\/(?:cjs\/)?(.*)\.c?js$/.exec(path)?.[1];
      if (output !== undefined) return sources.has(`src/${output}.ts`);
      return /^(?:README\.md|LICENSE|package\.json|dist\/.*\.d\.c?ts)$/.test(path);
    });
  }

  it('finds nothing in the package as it is', async () => {
    expect(checkContents({ ...checksum, directory, files: await files() })).toEqual([]);
  });

  it.each([
    'README.md',
    'LICENSE',
    'dist/crc64.js',
    'dist/node/body-hasher-worker.js',
    'dist/cjs/crc64.cjs',
    'dist/cjs/node/body-hasher-worker.cjs',
  ])('finds %s missing', async (path) => {
    const shipped = (await files()).filter((each) => each !== path);
    expect(checkContents({ ...checksum, directory, files: shipped })).toEqual([expect.stringContaining(`${path} is`)]);
  });

  it.each([
    'src/crc64.test.ts',
    'dist/testing/fixture.d.ts',
    'bench/run.mjs',
    'dist/.tsbuildinfo',
    'src/fixtures/a.json',
    'dist/journal-fixture.d.ts',
  ])('finds %s shipped', async (path) => {
    expect(checkContents({ ...checksum, directory, files: [...(await files()), path] })).toEqual([
      `@annals/checksum: ${path} is shipped, and belongs to the checkout`,
    ]);
  });

  it('finds a program that no entry leads to, under any name', async () => {
    const path = 'dist/quite-ordinary.js';
    await writeFile(join(directory, path), '');
    expect(checkContents({ ...checksum, directory, files: [...(await files()), path] })).toEqual([
      `@annals/checksum: ${path} is shipped, and no entry leads to it`,
    ]);
  });

  it('finds a licence that is not that of the workspace', async () => {
    const text = await readFile(join(directory, 'LICENSE'), 'utf8');
    await writeFile(join(directory, 'LICENSE'), `${text}and more\n`);
    expect(checkContents({ ...checksum, directory, files: await files() })).toEqual([
      '@annals/checksum: LICENSE is not that of the workspace',
    ]);
  });
});

describe('packPackages', () => {
  const PACK = `
    const { packPackages } = await import(process.argv[1]);
    const packed = packPackages(process.argv[2]).map(({ name, files }) => ({ name, files: [...files].sort() }));
    console.log(JSON.stringify(packed));
  `;
  const SCRIPT = new URL('../../scripts/packages/pack-packages.js', import.meta.url).href;

  // Each packs a copy that it compiles.
  const title = 'packs the same when another packs at once, and nothing that the compiler left behind';
  it(title, { timeout: 600_000 }, async () => {
    const targets = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'annals-pack-'))));
    try {
      const packing = targets.map((target) =>
        promisify(execFile)(process.execPath, ['--input-type=module', '-e', PACK, SCRIPT, target]),
      );
      const [first, second] = (await Promise.all(packing)).map(({ stdout }) => JSON.parse(stdout) as Packed[]);
      expect(first).toEqual(second);
      const files = first?.find(({ name }) => name === '@annals/client')?.files;
      expect(files).toContain('dist/cjs/index.cjs');
      expect(files).toContain('dist/index.js');
      const sources = new Set(files?.filter((path) => path.startsWith('src/')));
      for (const path of files?.filter((each) => /^dist\/(?!cjs\/).*\.js$/.test(each)) ?? []) {
        expect(sources).toContain(path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts'));
      }
    } finally {
      await Promise.all(targets.map((target) => rm(target, { recursive: true })));
    }
  });
});

describe('buildCommonjs', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'annals-commonjs-'));
    await mkdir(join(directory, 'src'));
    await mkdir(join(directory, 'dist'));
    await writeFile(join(directory, 'dist', 'one.d.ts'), '');
    await writeFile(join(directory, 'dist', 'one.d.ts.map'), '{"sources":["../src/one.ts"]}');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function build(source: string): Promise<string> {
    await writeFile(join(directory, 'src', 'one.ts'), source);
    buildCommonjs({ ...checksum, directory });
    return readFile(join(directory, 'dist/cjs/one.cjs'), 'utf8');
  }

  it('gives import.meta.url, and maps that lead to the sources', async () => {
    expect(await build('export const place: string = import.meta.url;')).toContain(
      'exports.place = require("node:url").pathToFileURL(__filename).href;',
    );
    for (const name of ['one.cjs.map', 'one.d.cts.map']) {
      const map = JSON.parse(await readFile(join(directory, 'dist/cjs', name), 'utf8'));
      expect(map.sources).toEqual(['../../src/one.ts']);
    }
  });

  it.each(['await Promise.resolve();\nexport {};', 'export const place = import.meta.dirname;'])(
    'refuses what CommonJS lacks: %j',
    async (source) => {
      await expect(build(source)).rejects.toThrow(/Cannot make CommonJS of .*one\.ts/);
    },
  );
});
