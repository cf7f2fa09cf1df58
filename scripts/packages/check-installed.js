// @ts-check
/**
 * Installs the packed packages into an empty folder, as a user would, and uses them: the command, a server it starts,
 * the client against it, and the types that an editor would read. Needs the registry for the packages of others, or
 * npm's cache of them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { crc64 } from '@annals/checksum';
import ts from 'typescript';
import { root } from './pack-packages.js';
import { userEnvironment } from './user-environment.js';

const STEP_TIME_MS_MAX = 180_000;
const keys = { id: 'installed-id', secret: 'installed-secret' };

/** What npm says where there is neither a registry nor a cache that has everything. */
const offline = /\b(?:ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT)\b/;

/** What `user-program.js` prints. The checksum is that of its three lines. */
const wantedLines = [
  'whole',
  `14 ${crc64(Buffer.from('one\ntwo\nthree\n'))}n`,
  '4 one',
  '8 two',
  '14 three',
  'not-applied',
];

/** Both forms of the program: modules, and what a compiler makes of them for CommonJS. */
const programs = ['program.mjs', 'program.cjs'];

/**
 * @param {readonly import('./pack-packages.js').PackedPackage[]} packages
 * @returns {Promise<{ findings: string[], warnings: string[] }>}
 */
export async function checkInstalled(packages) {
  const folder = mkdtempSync(join(tmpdir(), 'annals-installed-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    const words = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    const installed = run(folder, 'npm', [...words, ...packages.map(({ tarball }) => tarball)]);
    if (installed.status !== 0) {
      const what = `the packed packages are not installed:\n${installed.text}`;
      // A developer without a network may continue; the CI server may not.
      if (offline.test(installed.text) && process.env.CI === undefined)
        return { findings: [], warnings: [what.split('\n', 1)[0] ?? ''] };
      return { findings: [what], warnings: [] };
    }
    writePrograms(folder);
    return {
      findings: [...checkVersion(folder, packages), ...(await checkServer(folder)), ...checkTypes(folder, packages)],
      warnings: [],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {readonly import('./pack-packages.js').PackedPackage[]} packages
 */
function checkVersion(folder, packages) {
  const wanted = packages.find(({ name }) => name === '@annals/cli')?.manifest.version;
  const { status, text } = run(folder, 'npx', ['--no-install', 'annals', '--version']);
  return status === 0 && text.trim() === wanted
    ? []
    : [`npx annals --version ended with ${status} and said "${text}", wanted "${wanted}"`];
}

/** @param {string} folder */
function writePrograms(folder) {
  const text = readFileSync(new URL('user-program.js', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  writeFileSync(join(folder, 'program.mjs'), text);
  writeFileSync(join(folder, 'program.cjs'), outputText);
  // The compiler reads `require` in a program of JavaScript, too; a program in TypeScript says `import` in both forms.
  for (const name of ['consumer.mts', 'consumer.cts'])
    writeFileSync(join(folder, name), text.replace('// @ts-check', ''));
}

/** @param {string} folder */
async function checkServer(folder) {
  const words = [
    '--no-install',
    'annals',
    'serve',
    '--port',
    '0',
    '--data',
    join(folder, 'data'),
    '--bucket',
    'recordings',
  ];
  const server = spawn('npx', words, {
    cwd: folder,
    env: { ...userEnvironment(), ANNALS_ROOT_ACCESS_KEY_ID: keys.id, ANNALS_ROOT_ACCESS_KEY_SECRET: keys.secret },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: the signal reaches npx and the server below it.
    detached: true,
  });
  const ended = once(server, 'close');
  let errors = '';
  server.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const timer = setTimeout(() => signal(server, 'SIGKILL'), STEP_TIME_MS_MAX);
  try {
    const line = await Promise.race([once(createInterface(server.stdout), 'line'), ended]);
    const endpoint = /^annals listening on (http:\S+)$/.exec(String(line[0]))?.[1];
    if (endpoint === undefined) return [`npx annals serve did not become ready: ${String(line[0])} ${errors}`];
    const wanted = `${wantedLines.join('\n')}\n`;
    return programs.flatMap((name) => {
      const { status, text } = run(folder, process.execPath, [name, endpoint, join(folder, `spool-of-${name}`)]);
      return status === 0 && text === wanted ? [] : [`${name} with @annals/client said "${text}", wanted "${wanted}"`];
    });
  } finally {
    signal(server, 'SIGTERM');
    await ended;
    clearTimeout(timer);
  }
}

/**
 * Compiles the examples of the packages' own pages against the installed types, those of libraries included: for Node,
 * and the client's also for a browser, where no type of Node is known.
 * @param {string} folder
 * @param {readonly import('./pack-packages.js').PackedPackage[]} packages
 */
function checkTypes(folder, packages) {
  const pages = packages.map(({ name, path }) => ({ name: name.replace('@annals/', ''), page: `${path}/README.md` }));
  const examples = [...pages, { name: 'documented-client', page: 'docs/client.md' }].flatMap(({ name, page }) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map((match, index) => ({
      // No program of a page.
      file: `${match[1]?.includes("'@annals/client/node'") ? 'node-' : ''}${name}-${index + 1}.ts`,
      text: `// ${page}, example ${index + 1}\n${match[1]}`,
    })),
  );
  const options = { strict: true, noEmit: true, target: 'ES2023', module: 'NodeNext', skipLibCheck: false };
  const nodeTypes = { lib: ['ES2023'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
  const projects = {
    node: { include: ['*.ts', '../consumer.mts'], compilerOptions: { ...options, ...nodeTypes } },
    // A form of the compiler in which CommonJS cannot import modules: the types for `require` must be such.
    commonjs: { include: ['../consumer.cts'], compilerOptions: { ...options, ...nodeTypes, module: 'Node16' } },
    browser: {
      include: ['client-*.ts', 'protocol-*.ts', 'checksum-1.ts'],
      compilerOptions: {
        ...options,
        module: 'ESNext',
        moduleResolution: 'Bundler',
        lib: ['ES2023', 'DOM', 'DOM.AsyncIterable'],
        types: [],
      },
    },
  };
  const findings = [];
  mkdirSync(join(folder, 'examples'));
  for (const { file, text } of examples) writeFileSync(join(folder, 'examples', file), text);
  for (const [name, project] of Object.entries(projects)) {
    const path = join(folder, 'examples', `tsconfig.${name}.json`);
    writeFileSync(path, JSON.stringify(project));
    const { status, text } = run(folder, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', path]);
    if (status !== 0) findings.push(`The examples do not compile against the installed types (${name}):\n${text}`);
  }
  return findings;
}

/**
 * @param {string} folder
 * @param {string} command
 * @param {readonly string[]} words
 */
function run(folder, command, words) {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd: folder,
    env: { ...userEnvironment(), OSS_ACCESS_KEY_ID: keys.id, OSS_ACCESS_KEY_SECRET: keys.secret },
    encoding: 'utf8',
    timeout: STEP_TIME_MS_MAX,
  });
  return { status, text: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` };
}

/**
 * @param {import('node:child_process').ChildProcess} child leader of its group
 * @param {NodeJS.Signals} name
 */
function signal(child, name) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // It has ended by itself.
  }
}
