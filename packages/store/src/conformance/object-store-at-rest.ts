/** What a stranger finds in the engines under a store. */
import type { TestStore } from './object-store-test-store.js';

/** All bytes in both engines. */
export async function everythingAtRest({ keyValues, blobs }: Pick<TestStore, 'keyValues' | 'blobs'>): Promise<Buffer> {
  const rows = await keyValues.list({ start: Buffer.of(0), end: Buffer.of(0xff), limit: 100_000 });
  const parts: Uint8Array[] = rows.flatMap(({ key, value }) => [key, value]);
  for await (const { blobId, length } of blobs.list()) {
    for await (const chunk of blobs.read(blobId, { start: 0, end: length })) parts.push(chunk);
  }
  return Buffer.concat(parts);
}
