/**
 * The checks of published packages see what they are there for: each planted fault is a finding, and the packages as
 * they are have none.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
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
}

/** The scripts are JavaScript and have no declarations. */
async function load(): Promise<Scripts> {
  const names = ['pack-packages', 'check-manifests', 'check-contents'];
  const modules = await Promise.all(
    names.map((name) => import(new URL(`../../scripts/packages/${name}.js`, import.meta.url).href)),
  );
  return Object.assign({}, ...modules) as Scripts;
}

const { listPackages, checkManifests, checkContents } = await load();
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
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** As the package would be packed: programs whose source is still there, and pages. */
  async function files(): Promise<string[]> {
    const paths = (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
    const sources = new Set(paths.filter((path) => path.startsWith('src')));
    return paths.filter((path) => {
      const output = /^dist\/(.*)\.js$/.exec(path)?.[1];
      if (output !== undefined) return sources.has(`src/${output}.ts`);
      return /^(?:README\.md|LICENSE|package\.json|dist\/.*\.d\.ts)$/.test(path);
    });
  }

  it('finds nothing in the package as it is', async () => {
    expect(checkContents({ ...checksum, directory, files: await files() })).toEqual([]);
  });

  it.each(['README.md', 'LICENSE', 'dist/crc64.js', 'dist/node/body-hasher-worker.js'])(
    'finds %s missing',
    async (path) => {
      const shipped = (await files()).filter((each) => each !== path);
      expect(checkContents({ ...checksum, directory, files: shipped })).toEqual([
        expect.stringContaining(`${path} is`),
      ]);
    },
  );

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
