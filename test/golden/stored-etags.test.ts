/**
 * ETags of stored multipart objects stay. Those of today are the MD5 over the text of the parts' ETags; programs before
 * made it over their 16 bytes. An ETag is data of the store: clients hold theirs against it, so what an older program
 * said is said for ever, and the rule counts for uploads that are completed from now on.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Account } from '../access-control/account.js';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { unpackFolder } from './folder-archive.js';
import type { GoldenManifest } from './golden-reads.js';

const FOLDER = fileURLToPath(new URL('folders/format-3-orderly', import.meta.url));
const BUCKET = 'golden';
/** Lengths of the parts of `multipart/three`, as the maker of the folder wrote them. */
const PART_LENGTHS_BYTES = [300 * 1024, 101 * 1024, 50];

const md5 = (bytes: Uint8Array | string): Buffer => createHash('md5').update(bytes).digest();
const upperHex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();

function splitParts(object: Buffer): Buffer[] {
  let start = 0;
  return PART_LENGTHS_BYTES.map((lengthBytes) => {
    start += lengthBytes;
    return object.subarray(start - lengthBytes, start);
  });
}

test('a multipart object of an older program keeps its ETag, and the same parts completed today get another', async () => {
  const { root } = JSON.parse(readFileSync(`${FOLDER}.json`, 'utf8')) as GoldenManifest;
  const folder = await temporaryFolder();
  try {
    const data = join(folder.path, 'data');
    await unpackFolder(`${FOLDER}.br`, data);
    // The first start may migrate the folder; the second reads what that left.
    for (const start of ['first', 'second']) {
      const server = await startServerProcess({ data });
      const account = new Account(server);
      try {
        const object = { bucket: BUCKET, key: 'multipart/three' };
        const whole = await account.send({ method: 'GET', ...object }, root);
        const parts = splitParts(whole.body);
        expect(Buffer.concat(parts).equals(whole.body)).toBe(true);
        const old = `"${upperHex(md5(Buffer.concat(parts.map(md5))))}-3"`;
        const today = `"${upperHex(md5(parts.map((part) => upperHex(md5(part))).join('')))}-3"`;
        expect([start, whole.headers.etag]).toEqual([start, old]);
        expect(today).not.toBe(old);

        const head = await account.send({ method: 'HEAD', ...object }, root);
        expect(head.headers.etag).toBe(old);
        const listed = await account.send({ method: 'GET', bucket: BUCKET, query: { prefix: object.key } }, root);
        expect(listed.body.toString()).toContain(`<ETag>${old}</ETag>`);
        for (const [etag, status] of [
          [old, 200],
          [today, 412],
        ] as const) {
          const asked = await account.send({ method: 'GET', ...object, headers: { 'if-match': etag } }, root);
          expect(asked.status).toBe(status);
        }
        // A copy takes the object as it is.
        const copy = { bucket: BUCKET, key: `copied-${start}` };
        const source = { 'x-oss-copy-source': `/${BUCKET}/${object.key}` };
        expect((await account.send({ method: 'PUT', ...copy, headers: source }, root)).status).toBe(200);
        expect((await account.send({ method: 'HEAD', ...copy }, root)).headers.etag).toBe(old);

        const upload = { bucket: BUCKET, key: `again-${start}` };
        const begun = await account.send({ method: 'POST', ...upload, query: { uploads: '' } }, root);
        const uploadId = /<UploadId>(\w+)</.exec(begun.body.toString())?.[1] ?? '';
        for (const [index, body] of parts.entries()) {
          const query = { uploadId, partNumber: String(index + 1) };
          expect((await account.send({ method: 'PUT', ...upload, query, body }, root)).status).toBe(200);
        }
        const headers = { 'x-oss-complete-all': 'yes' };
        await account.send({ method: 'POST', ...upload, query: { uploadId }, headers }, root);
        expect((await account.send({ method: 'HEAD', ...upload }, root)).headers.etag).toBe(today);
      } finally {
        account.close();
      }
      expect(await server.stop()).toBe(0);
    }
  } finally {
    await folder.remove();
  }
});
