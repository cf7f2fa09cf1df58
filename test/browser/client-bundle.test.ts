/**
 * `@annals/client` bundled for a browser runs where nothing of Node is: in a context whose globals are those of the web
 * platform, against a real server. Leaves out what browsers add to it, such as CORS.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { formatQuery, presignV4, Query } from '@annals/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';

/** What `page.js` leaves behind. */
interface Page {
  readonly crc64: string;
  readonly combined: string;
  readonly md5: readonly number[];
  readonly signQuery: (options: { accessKeyId: string; accessKeySecret: string; nowMs: number }) => string;
  readonly useServer: (options: {
    endpoint: string;
    accessKeyId: string;
    accessKeySecret: string;
  }) => Promise<{ text: string; crc64: bigint; keys: readonly string[] }>;
}

const execute = promisify(execFile);
const script = fileURLToPath(new URL('../../scripts/bundle-for-browser.js', import.meta.url));

/** Those of a page; the classes of bytes are the process's own, so that `fetch` and the page mean the same ones. */
const WEB_GLOBALS = [
  'AbortController AbortSignal ArrayBuffer BigInt64Array BigUint64Array DataView Float64Array Int32Array Uint16Array Uint32Array Uint8Array',
  'Headers ReadableStream Request Response TextDecoder TextEncoder URL URLSearchParams WebAssembly WritableStream',
  'atob btoa clearTimeout console crypto fetch performance queueMicrotask setTimeout structuredClone',
].flatMap((line) => line.split(' '));

let folder: string;
let server: TestServer;
let page: Page;

async function bundle(entry: string): Promise<string> {
  const output = join(folder, 'bundle.js');
  await execute(process.execPath, [script, entry, output]);
  return readFile(output, 'utf8');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-browser-'));
  server = await startTestServer();
  const code = await bundle(fileURLToPath(new URL('page.js', import.meta.url)));
  const process = globalThis as unknown as Readonly<Record<string, unknown>>;
  const context = createContext(Object.fromEntries(WEB_GLOBALS.map((name) => [name, process[name]])));
  // The module has neither imports nor exports left: its text is the body of a function that may wait.
  await runInContext(`(async () => {${code}\n})()`, context);
  page = context.page;
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

it('has nothing of Node around it', async () => {
  const context = createContext(Object.fromEntries(WEB_GLOBALS.map((name) => [name, true])));
  const names = ['process', 'Buffer', 'require', 'module', 'global', 'setImmediate', '__dirname'];
  expect(names.map((name) => runInContext(`typeof ${name}`, context))).toEqual(names.map(() => 'undefined'));
});

it('computes checksums', () => {
  // The check value of CRC-64/XZ in its catalogue, and the MD5 of the same nine digits.
  expect(page.crc64).toBe(String(0x995dc9bbdf1939fan));
  expect(page.combined).toBe(page.crc64);
  expect(Buffer.from(page.md5).toString('hex')).toBe('25f9e794323b453885f5181f1b624d0b');
});

it('puts, appends, reads and lists', async () => {
  const answer = await page.useServer({ endpoint: `http://${server.host}`, ...ROOT });
  expect(answer.text).toBe('one two');
  expect([...answer.keys]).toEqual(['page/one.txt', 'whole.txt']);
});

it('signs a URL that the server takes, as Node does', async () => {
  const nowMs = Date.now();
  const query = page.signQuery({ ...ROOT, nowMs });
  const request = { method: 'GET', query: new Query([]), headers: new Map<string, string>() };
  const resource = { bucket: 'pages', key: 'page/one.txt' };
  const options = { request, resource, credentials: ROOT, region: 'cn-hangzhou', nowMs, expiresSeconds: 600 };
  expect(query).toBe(formatQuery(presignV4(options)));
  const address = `http://${server.host}/pages/page/one.txt`;
  const answer = await fetch(`${address}?${query}`);
  expect([answer.status, await answer.text()]).toEqual([200, 'one two']);
  const changed = query.replace(
    /(signature=)(.)/,
    (_, name: string, digit: string) => name + (digit === '0' ? '1' : '0'),
  );
  const refused = await fetch(`${address}?${changed}`);
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')]);
});

it('is refused, with the importer named, when a module of Node is anywhere below it', async () => {
  const entry = join(folder, 'entry.js');
  const below = fileURLToPath(import.meta.resolve('@annals/checksum/node'));
  await writeFile(entry, `export * from ${JSON.stringify(below)};\n`);
  const failure = await bundle(entry).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/checksum\/dist\/node\/md5\.js imports "node:crypto"/),
  });
});
