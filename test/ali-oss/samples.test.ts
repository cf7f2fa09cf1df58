/**
 * Programs of our own with exactly the calls of the documented Node.js samples, run as child processes with the
 * unmodified SDK, given only endpoint, credentials, bucket and file names: V1 and V4, at an IP endpoint and at
 * localhost.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const run = promisify(execFile);
const bucket = 'examplebucket';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [bucket] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

describe('documented Node.js samples with ali-oss', () => {
  for (const version of ['v1', 'v4'] as const) {
    for (const [name, host, sld] of [
      ['an IP endpoint', '127.0.0.1', ''],
      ['an IP endpoint with sldEnable', '127.0.0.1', '1'],
      ['localhost with sldEnable', 'localhost', '1'],
    ] as const) {
      it(`append twice, signed with ${version}, at ${name}`, async () => {
        const key = `destfolder/${version} ${name}+100%.txt`;
        const file = join(folder.path, `local-${version}.txt`);
        await writeFile(file, `local file of ${version}\n`);
        const { stdout } = await run(
          process.execPath,
          [
            fileURLToPath(new URL(`samples/append-${version}.cjs`, import.meta.url)),
            `http://${host}:${server.port}`,
            bucket,
            key,
            file,
          ],
          {
            env: {
              ...process.env,
              OSS_ACCESS_KEY_ID: server.accessKeyId,
              OSS_ACCESS_KEY_SECRET: server.accessKeySecret,
              SLD: sld,
            },
          },
        );
        const piece = await readFile(file);
        expect(stdout.trim()).toBe(String(2 * piece.length));
        const { content, res } = await aliClient(server, bucket).get(key);
        expect(content).toEqual(Buffer.concat([piece, piece]));
        expect(res.headers['x-oss-object-type']).toBe('Appendable');
        expect(res.headers['x-oss-next-append-position']).toBe(String(2 * piece.length));
      });
    }
  }
});
