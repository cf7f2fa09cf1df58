/**
 * kill -9 at random moments while uploads in parts go on: parts are sent, completed, aborted and copied. After each
 * restart every acknowledged part can be listed, every acknowledged object is whole, and an object is there as a whole
 * or not at all.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@annals/store/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AliClient, type AliError, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const bucket = 'crash';
const killCount = 15;
const writerCount = 4;
const partLength = 100 * 1024;
const seed = Number(process.env.ANNALS_TEST_SEED ?? Date.now() % 2 ** 31);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  await folder.remove();
});

interface UploadClient extends AliClient {
  initMultipartUpload(name: string): Promise<{ uploadId: string }>;
  uploadPart(
    name: string,
    uploadId: string,
    partNumber: number,
    file: Buffer,
    start: number,
    end: number,
  ): Promise<{ etag: string }>;
  completeMultipartUpload(name: string, uploadId: string, parts: readonly object[]): Promise<unknown>;
  abortMultipartUpload(name: string, uploadId: string): Promise<unknown>;
  listParts(name: string, uploadId: string): Promise<{ parts: unknown }>;
  copy(name: string, source: string): Promise<unknown>;
}

interface Part {
  readonly number: number;
  readonly etag: string;
  readonly bytes: Buffer;
}

/** What one writer knows. */
interface Ledger {
  readonly writer: number;
  count: number;
  /** The upload it is at: its parts were acknowledged. */
  upload: { readonly key: string; readonly uploadId: string; readonly parts: Part[] } | undefined;
  /** The upload was asked to be completed, or to be aborted; whether it was is not known. */
  isEnding: boolean;
  /** Objects acknowledged. */
  readonly objects: Map<string, Buffer>;
  /** A copy that was asked for: whether it is there is not known. */
  pendingCopy: string | undefined;
}

async function uploadUntilKilled(server: ServerProcess, ledger: Ledger, random: () => number): Promise<void> {
  const client = aliClient(server, bucket) as UploadClient;
  try {
    for (;;) await uploadOnce(client, ledger, random);
  } catch (error) {
    // Any answer at all would be a failure: only a broken connection may end this.
    expect((error as AliError).status, String(error)).toBeLessThan(0);
  }
}

async function uploadOnce(client: UploadClient, ledger: Ledger, random: () => number): Promise<void> {
  const key = `writer-${ledger.writer}/object-${ledger.count++}`;
  ledger.isEnding = false;
  const { uploadId } = await client.initMultipartUpload(key);
  const upload = { key, uploadId, parts: [] as Part[] };
  ledger.upload = upload;
  const partCount = 1 + Math.floor(random() * 4);
  for (let number = 1; number <= partCount; number++) {
    // Below and above what is kept inline.
    const bytes = Buffer.alloc(partLength + Math.floor(random() * 3) * 40_000, `<${key} part ${number}>`);
    const { etag } = await client.uploadPart(key, uploadId, number, bytes, 0, bytes.length);
    upload.parts.push({ number, etag, bytes });
  }
  ledger.isEnding = true;
  if (random() < 0.15) {
    await client.abortMultipartUpload(key, uploadId);
    ledger.upload = undefined;
    // This SDK takes an abort for the end of all its uploads.
    (client as unknown as { resetCancelFlag(): void }).resetCancelFlag();
    return;
  }
  await client.completeMultipartUpload(key, uploadId, upload.parts);
  const bytes = Buffer.concat(upload.parts.map((part) => part.bytes));
  ledger.objects.set(key, bytes);
  ledger.upload = undefined;
  if (random() < 0.3) {
    ledger.pendingCopy = `${key} copy`;
    await client.copy(ledger.pendingCopy, key);
    ledger.objects.set(ledger.pendingCopy, bytes);
    ledger.pendingCopy = undefined;
  }
}

async function read(client: AliClient, key: string): Promise<Buffer | undefined> {
  return client.get(key).then(
    ({ content }) => content,
    (error: AliError) => {
      expect(error.status).toBe(404);
      return undefined;
    },
  );
}

/** Compares what is there with the ledger, and settles what was under way. */
async function verify(server: ServerProcess, ledger: Ledger): Promise<void> {
  const client = aliClient(server, bucket) as UploadClient;
  for (const [key, bytes] of ledger.objects) {
    expect((await read(client, key))?.equals(bytes), `${key} is whole`).toBe(true);
  }
  ledger.objects.clear();
  if (ledger.pendingCopy !== undefined) {
    const copy = await read(client, ledger.pendingCopy);
    const original = await read(client, ledger.pendingCopy.slice(0, -' copy'.length));
    if (copy !== undefined) expect(copy.equals(original as Buffer)).toBe(true);
    ledger.pendingCopy = undefined;
  }
  const { upload } = ledger;
  if (upload === undefined) return;
  const whole = Buffer.concat(upload.parts.map((part) => part.bytes));
  const listed = await client.listParts(upload.key, upload.uploadId).then(
    ({ parts }) => [parts].flat() as readonly { PartNumber: string; ETag: string }[],
    (error: AliError) => {
      expect(error.code).toBe('NoSuchUpload');
      return undefined;
    },
  );
  const found = await read(client, upload.key);
  if (listed === undefined) {
    // Only an upload that was asked to end may have ended: as a whole object, or as none when it was aborted.
    expect(ledger.isEnding).toBe(true);
    if (found !== undefined) expect(found.equals(whole)).toBe(true);
  } else {
    expect(found).toBeUndefined();
    const etags = new Map(listed.map(({ PartNumber, ETag }) => [Number(PartNumber), ETag]));
    for (const part of upload.parts) expect(etags.get(part.number)).toBe(part.etag);
    if (upload.parts.length > 0) {
      await client.completeMultipartUpload(upload.key, upload.uploadId, upload.parts);
      expect((await read(client, upload.key))?.equals(whole)).toBe(true);
    }
  }
  ledger.upload = undefined;
}

describe('kill -9 while uploads in parts go on', () => {
  it(`loses no acknowledged part or object over ${killCount} kills`, async () => {
    console.log(`seed ${seed}: set ANNALS_TEST_SEED to repeat it`);
    const random = seededRandom(seed).next;
    const data = join(folder.path, 'data');
    const ledgers = Array.from({ length: writerCount }, (_, writer): Ledger => {
      return { writer, count: 0, upload: undefined, isEnding: false, objects: new Map(), pendingCopy: undefined };
    });
    let server = await startServerProcess({ data, buckets: [bucket] });
    for (let kill = 0; kill < killCount; kill++) {
      const writers = ledgers.map((ledger) => uploadUntilKilled(server, ledger, random));
      await delay(20 + random() * 350);
      await server.kill();
      await Promise.all(writers);
      // On whatever port is free: somebody else may have got the one before.
      server = await startServerProcess({ data });
      await Promise.all(ledgers.map((ledger) => verify(server, ledger)));
    }
    expect(ledgers.reduce((count, ledger) => count + ledger.count, 0)).toBeGreaterThan(killCount);
    expect(await server.stop()).toBe(0);
  }, 600_000);
});
