/**
 * The examples of the client's pages are programs that do what they say: each runs as it stands in a process of its own
 * against a real server, and prints what its comments tell. Leaves out their types, which the gate compiles against the
 * packed packages.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = [
  'packages/client/README.md',
  'packages/checksum/README.md',
  'packages/protocol/README.md',
  'docs/client.md',
];

const examples = PAGES.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ''], index) => ({
    name: `${page}, example ${index + 1}`,
    text,
  })),
);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }');
  await symlink(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  await writeFile(join(folder.path, 'camera-1.ts'), 'what an example uploads');
  const data = join(folder.path, 'data');
  await mkdir(data);
  server = await startServerProcess({ data, buckets: ['recordings', 'logs'] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

/** What stands behind `console.log`, or on lines of its own below. An ellipsis ends what is certain. */
function toldOutput(text: string): unknown[] {
  return [...text.matchAll(/(?:console\.log\(.*\);|^)[ ]*\/\/ (.*)$/gm)].map(([, told = '']) =>
    told.endsWith('…') ? expect.stringContaining(told.slice(0, -1)) : told,
  );
}

it('finds the examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(7);
  expect(toldOutput('console.log(1); // 1\n// 2\nconst x = 3; // a remark')).toEqual(['1', '2']);
});

it.each(examples)('$name does what it says', async ({ text }) => {
  const replacements: [string, string][] = [
    ['http://127.0.0.1:9000', server.endpoint],
    ['the id', server.accessKeyId],
    ['the secret', server.accessKeySecret],
    ['/var/spool/app', join(folder.path, 'spool')],
  ];
  const program = replacements.reduce((program, [told, real]) => program.replaceAll(told, real), text);
  const { outputText } = ts.transpileModule(program, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  const path = join(folder.path, 'example.js');
  await writeFile(path, outputText);
  const running = promisify(execFile)(process.execPath, [path], {
    cwd: folder.path,
    env: { ...process.env, OSS_ACCESS_KEY_ID: server.accessKeyId, OSS_ACCESS_KEY_SECRET: server.accessKeySecret },
  });
  running.child.stdin?.end('what an example reads\n');
  const { stdout } = await running;
  expect(stdout.split('\n').filter((line) => line !== '')).toEqual(toldOutput(program));
});
