/** A form far larger than what the server may hold of it: the file streams to the disk, whatever its length. */
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const MEBIBYTE = 1024 * 1024;
const FILE_LENGTH_BYTES = 200 * MEBIBYTE;
/**
 * Generous: chunks in flight, two batches on their way to the disk, and what the garbage collector has not looked at
 * yet.
 */
const GROWTH_BYTES_MAX = 150 * MEBIBYTE;

async function residentBytes(server: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${server.endpoint}/-/metrics`)).text();
  const value = /^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1];
  if (value === undefined) throw new Error('The metrics do not say how much memory the server uses');
  return Number(value);
}

test('a form of 200 MiB is stored without being held in memory', { timeout: 180_000 }, async () => {
  const folder = await temporaryFolder();
  const bucket = 'large-forms';
  const server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [bucket] });
  try {
    const document = { expiration: new Date(Date.now() + 600_000).toISOString(), conditions: [{ bucket }] };
    const policy = Buffer.from(JSON.stringify(document)).toString('base64');
    const fields = {
      key: 'large',
      OSSAccessKeyId: server.accessKeyId,
      policy,
      Signature: createHmac('sha1', server.accessKeySecret).update(policy).digest('base64'),
    };
    const boundary = 'large-form-boundary';
    const head = Object.entries(fields)
      .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
      .join('');
    const fileHead = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="large"\r\n\r\n`;
    // Full of line ends, which is what the reader of the form stops at.
    const piece = Buffer.from('\r\n--large-form-boundar\r\r\n-'.repeat(5000)).subarray(0, 65_536);
    const hash = createHash('md5');

    const before = await residentBytes(server);
    let peak = before;
    const outgoing = request(`${server.endpoint}/${bucket}`, {
      method: 'POST',
      headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      outgoing.on('error', reject);
      outgoing.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
    });
    outgoing.write(head + fileHead);
    for (let sent = 0; sent < FILE_LENGTH_BYTES; sent += piece.length) {
      hash.update(piece);
      if (!outgoing.write(piece)) await new Promise((resolve) => outgoing.once('drain', resolve));
      if (sent % (10 * MEBIBYTE) === 0) peak = Math.max(peak, await residentBytes(server));
    }
    outgoing.end(`\r\n--${boundary}--\r\n`);
    expect(await answered).toBe(204);
    peak = Math.max(peak, await residentBytes(server));
    const stored = await aliClient(server, bucket).head('large');
    expect(stored.res.headers).toMatchObject({
      'content-length': String(FILE_LENGTH_BYTES),
      etag: `"${hash.digest('hex').toUpperCase()}"`,
    });
    expect(peak - before).toBeLessThan(GROWTH_BYTES_MAX);
  } finally {
    await server.stop();
    await folder.remove();
  }
});
