/**
 * A disk that is full: 5xx, nothing acknowledged, nothing torn, reads and deletions go on, and writing goes on when
 * there is room again. A limit on the size of files stands for the disk, because that needs no privileges: writes
 * beyond it fail in the kernel, in the very calls that a full disk fails. Real full file systems were tried by hand,
 * see `docs/engines.md`.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AliClient, type AliError, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const bucket = 'full-disk';
/** No file may grow beyond 32 MiB; a shell counts in 512-byte blocks. */
const launcher = ['/bin/sh', '-c', 'ulimit -S -f 65536; exec "$0" "$@"'];
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  await folder.remove();
});

/** @returns The error of a request that must be refused. */
async function refusal(request: Promise<unknown>): Promise<AliError> {
  return request.then(
    () => {
      throw new Error('The request was acknowledged');
    },
    (error: AliError) => error,
  );
}

/** Short enough to be rows: their file grows to the limit. A file of longer bodies would be followed by another. */
const bodyLength = 8000;

/**
 * Long enough to fill a disk of 32 MiB with a dozen objects, short enough that none of them is compacted into a file of
 * its own.
 */
const objectLengthMax = 3 * 2 ** 20;

/** Writers side by side: their appends share syncs, of which thousands one after the other take minutes. */
const writerCount = 6;

/**
 * Appends small bodies until each writer was refused, to one object after the other. @returns What was acknowledged by
 * key, and a refusal.
 */
async function appendUntilFull(client: AliClient): Promise<{ acknowledged: Map<string, Buffer>; error: AliError }> {
  const acknowledged = new Map<string, Buffer>();
  const fill = async (writer: number): Promise<AliError> => {
    for (let index = writer; ; index += writerCount) {
      const key = `filling-${index}`;
      const bodies: Buffer[] = [];
      for (let position = 0; position < objectLengthMax; ) {
        const body = Buffer.alloc(bodyLength, `<${key} ${bodies.length} at ${position}>`);
        try {
          await client.append(key, body, { position });
        } catch (error) {
          acknowledged.set(key, Buffer.concat(bodies));
          return error as AliError;
        }
        bodies.push(body);
        position += body.length;
      }
      acknowledged.set(key, Buffer.concat(bodies));
    }
  };
  await Promise.all(Array.from({ length: writerCount }, (_, writer) => fill(writer)));
  // Where several do not fit one still may.
  return { acknowledged, error: await fill(1000) };
}

/** An object of which nothing was acknowledged must not be there. */
async function expectAll(client: AliClient, acknowledged: Map<string, Buffer>): Promise<void> {
  for (const [key, content] of acknowledged) {
    if (content.length > 0) await expectContent(client, key, content);
    else expect((await refusal(client.head(key))).status).toBe(404);
  }
}

async function expectContent(client: AliClient, key: string, expected: Buffer): Promise<void> {
  const { content, res } = await client.get(key);
  expect(content.equals(expected)).toBe(true);
  expect(res.headers['x-oss-next-append-position']).toBe(String(expected.length));
}

describe('a full disk', () => {
  it('refuses what does not fit, keeps what was acknowledged, and goes on when there is room', async () => {
    const data = join(folder.path, 'data');
    const limited: ServerProcess = await startServerProcess({ data, buckets: [bucket], launcher });
    const client = aliClient(limited, bucket);

    await client.append('log', Buffer.from('first\n'));
    const large = await refusal(client.append('log', Buffer.alloc(40 * 2 ** 20, 'x'), { position: 6 }));
    expect(large.status).toBeGreaterThanOrEqual(500);
    await expectContent(client, 'log', Buffer.from('first\n'));
    expect((await refusal(client.put('large', Buffer.alloc(40 * 2 ** 20, 'x')))).status).toBeGreaterThanOrEqual(500);
    expect((await refusal(client.head('large'))).status).toBe(404);

    const { acknowledged, error } = await appendUntilFull(client);
    expect(error.status).toBeGreaterThanOrEqual(500);
    expect(acknowledged.size).toBeGreaterThan(3);
    await expectAll(client, acknowledged);
    // Still full, and still honest about it.
    const [[key = '', content = Buffer.alloc(0)] = []] = acknowledged;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const again = await refusal(client.append(key, Buffer.alloc(bodyLength, 'y'), { position: content.length }));
      expect(again.status).toBeGreaterThanOrEqual(500);
    }
    await expectAll(client, acknowledged);
    await expectContent(client, 'log', Buffer.from('first\n'));
    const readiness = async () => (await fetch(`${limited.endpoint}/-/readyz`)).text();
    await expect.poll(readiness, { timeout: 30_000, interval: 500 }).toBe('not ready: the disk is full\n');
    // A full disk must not keep anybody from making room.
    expect((await client.delete('log')).res.status).toBe(204);
    await limited.kill();

    const roomy = await startServerProcess({ data });
    const after = aliClient(roomy, bucket);
    await expectAll(after, acknowledged);
    expect((await refusal(after.head('log'))).status).toBe(404);
    await after.append(key, Buffer.from('room again'), { position: content.length });
    await expectContent(after, key, Buffer.concat([content, Buffer.from('room again')]));
    expect(await roomy.stop()).toBe(0);
  });
});
