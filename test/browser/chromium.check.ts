/**
 * `@annals/client`, installed from its packed tarball, in a real Chromium: a page of one origin uses a server of
 * another, through a CORS rule. Not `*.test.ts`: `npm test` needs no browser; `npm run browser` fails, and never skips,
 * where there is none.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { crc64 } from '@annals/checksum';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { until } from '../harness/until.js';
import { openChromium } from './chromium.js';

type Results = Readonly<Record<string, unknown>>;

const installer = fileURLToPath(new URL('../../scripts/packages/install-packed.js', import.meta.url));
const bundler = fileURLToPath(new URL('../../scripts/bundle-for-browser.js', import.meta.url));
const entry = fileURLToPath(new URL('chromium-page.js', import.meta.url));

/** The rule that docs/client.md asks for. */
const CORS_RULE = `<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>
<AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>PUT</AllowedMethod>
<AllowedMethod>POST</AllowedMethod><AllowedMethod>DELETE</AllowedMethod><AllowedHeader>*</AllowedHeader>
</CORSRule></CORSConfiguration>`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;
/** Has the page, in a bucket that everybody may read and write. */
let site: TestServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startTestServer({ buckets: ['pages'], isSilent: true });
  site = await startTestServer({ buckets: ['site'], isSilent: true });
  await server.send({ method: 'PUT', bucket: 'pages', query: { cors: '' }, body: CORS_RULE });
  await site.send({
    method: 'PUT',
    bucket: 'site',
    query: { acl: '' },
    headers: { 'x-oss-acl': 'public-read-write' },
  });
  await publish('bundle.js', 'text/javascript', await bundleInstalled());
}, 240_000);

afterAll(async () => {
  await site.close();
  await server.close();
  await folder.remove();
});

/** Bundles the page in a folder that has only the installed packages, as an application would. */
async function bundleInstalled(): Promise<Buffer> {
  const program = join(folder.path, 'program');
  await mkdir(program);
  const execute = promisify(execFile);
  await execute(process.execPath, [installer, program, '@annals/checksum', '@annals/protocol', '@annals/client']);
  const installed = join(program, 'page.js');
  await copyFile(entry, installed);
  const output = join(program, 'bundle.js');
  await execute(process.execPath, [bundler, installed, output]);
  return readFile(output);
}

async function publish(key: string, contentType: string, body: string | Buffer): Promise<void> {
  const answer = await site.send({
    method: 'PUT',
    bucket: 'site',
    key,
    headers: { 'content-type': contentType },
    body,
  });
  expect(answer.status).toBe(200);
}

/** Shows a page, and waits for what it came to. @param policy Of its scripts. */
async function run(name: string, policy: string, steps?: string): Promise<Results> {
  const script = '<script type="module" src="../bundle.js"></script>';
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
  await publish(`${name}/index.html`, 'text/html', `<!doctype html><html><head>${meta}${script}</head></html>`);
  const query = new URLSearchParams({
    endpoint: `http://${server.host}`,
    id: ROOT.accessKeyId,
    secret: ROOT.accessKeySecret,
    ...(steps !== undefined && { steps }),
  });
  const browser = await openChromium(
    `http://${site.host}/site/${name}/index.html?${query}`,
    join(folder.path, `profile-of-${name}`),
  );
  try {
    const read = () => site.send({ method: 'GET', bucket: 'site', key: `${name}/results.json` });
    await until(async () => (await read()).status === 200).catch((cause: unknown) => {
      throw new Error(`The page came to nothing:\n${browser.output()}`, { cause });
    });
    return JSON.parse(String((await read()).body)) as Results;
  } finally {
    await browser.close();
  }
}

describe('a page', () => {
  let results: Results;
  beforeAll(async () => {
    results = await run('page', "script-src 'self' 'wasm-unsafe-eval'");
  });

  const checksumOf = (text: string): string => String(crc64(Buffer.from(text)));
  const lines = Array.from({ length: 20 }, (_, number) => `line ${number}\n`);

  it.each<[string, unknown]>([
    ['is a real browser', ['object', false, true]],
    ['computes checksums', [true, String(0x995dc9bbdf1939fan)]],
    ['puts and gets', ['whole: äöü', 13, checksumOf('whole: äöü')]],
    ['is told of a range', ['whole', 13]],
    ['lists', ['whole.txt']],
    ['appends, and is told of a conflict', [3, ['PositionNotEqualToLength', 3, checksumOf('one')]]],
    ['follows what a writer appends', [20, 'line 19', checksumOf(lines.join(''))]],
    ['is a place to pipe a stream to', [1_000_000, true, true]],
    ['uploads a blob in parts, with progress', [1_000_000, true, [300_000, 600_000, 900_000, 1_000_000]]],
    ['goes on with an upload that was left', [600_000, true, 1_000_000]],
    ['uploads a stream that cannot be iterated', [500_000, true]],
    ['says what the browser does not tell', ['NetworkFailed', 'unknown']],
  ])('%s', (name, expected) => {
    expect(results[name]).toEqual(expected);
  });
});

it('a page that forbids WebAssembly gets the same checksums', async () => {
  const results = await run('strict', "script-src 'self'", 'computes checksums,puts and gets');
  expect(results['computes checksums']).toEqual([false, String(0x995dc9bbdf1939fan)]);
  expect(results['puts and gets']).toEqual(['whole: äöü', 13, String(crc64(Buffer.from('whole: äöü')))]);
});
