/** A data folder filled through the store's own interface, for tests that want many objects quickly. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  checkBlobs,
  type OpenedStore,
  openFileSystemBlobStore,
  openJournaledLmdbKeyValueStore,
  openObjectStore,
} from '@annals/store';

/** Opens the store of a data folder, as a server does. */
export async function openFolderStore(folder: string): Promise<OpenedStore> {
  const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') });
  const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder, 'blobs') }));
  try {
    return await openObjectStore({ keyValues, blobs });
  } catch (error) {
    await keyValues.close();
    await blobs.close();
    throw error;
  }
}

/** Makes a bucket. */
export async function makeBucket(store: OpenedStore, name: string): Promise<void> {
  await store.createBucket({
    name,
    ownerId: 'owner',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
}

/** Stores an object whose bytes depend on its key and length alone. */
export async function putPattern(store: OpenedStore, bucket: string, key: string, length: number): Promise<void> {
  await store.putObject(
    {
      bucket,
      key,
      ownerId: 'owner',
      attributes: { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} },
      forbidOverwrite: false,
      expected: {},
      lengthMax: Number.MAX_SAFE_INTEGER,
    },
    { length, open: () => pattern(key, length) },
  );
}

const PIECE_LENGTH_BYTES = 1024 * 1024;

/** The bytes of {@link putPattern}: no two MiB of them are the same. */
async function* pattern(key: string, length: number): AsyncGenerator<Uint8Array> {
  const base = Buffer.alloc(Math.min(length, PIECE_LENGTH_BYTES));
  for (let at = 0; at < base.length; at += 32) createHash('sha256').update(`${key} ${at}`).digest().copy(base, at);
  for (let start = 0; start < length; start += PIECE_LENGTH_BYTES) {
    const piece = Buffer.from(base.subarray(0, Math.min(PIECE_LENGTH_BYTES, length - start)));
    if (piece.length >= 8) piece.writeDoubleLE(start, 0);
    yield piece;
  }
}

/**
 * @returns Keys, lengths, ETags and checksums of everything in a bucket, all versions; digests when the bytes are read
 * too.
 */
export async function describeBucket(store: OpenedStore, bucket: string, isRead: boolean): Promise<string> {
  const digest = createHash('sha256');
  let after = '';
  for (;;) {
    const page = await store.listObjects({ bucket, prefix: '', delimiter: '', after, limit: 1000 });
    for (const head of page.objects) {
      digest.update(JSON.stringify(head, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
      if (!isRead) continue;
      const opened = await store.openObject({ bucket, key: head.key });
      for await (const chunk of opened.read({ start: 0, end: head.length })) digest.update(chunk);
      opened.release();
    }
    if (page.next === undefined) break;
    after = page.next;
  }
  return digest.digest('hex');
}
