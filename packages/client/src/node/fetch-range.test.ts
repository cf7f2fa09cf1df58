/** Ranges of objects in files: what a disk takes only a part of. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import type { Client } from '../client.js';
import { fetchRange } from './fetch-range.js';

const BYTES = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);
const client: Pick<Client, 'getObject'> = {
  getObject: async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      yield BYTES.subarray(0, 3000);
      yield BYTES.subarray(3000);
    }
    return { body: body(), metadata: {}, length: BYTES.length } as unknown as Awaited<ReturnType<Client['getObject']>>;
  },
};

/** A disk that takes at most so many bytes at once, and from an offset on none. */
async function fetched(pieceLength: number, end: number): Promise<Uint8Array> {
  const path = join(makeTemporaryFolder(), 'file');
  const file = await open(path, 'w');
  const write = async (bytes: Uint8Array, offset: number, length: number, position: number) => {
    const taken = Math.min(length, pieceLength, end - position);
    if (taken <= 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    return file.write(bytes, offset, taken, position);
  };
  try {
    const request = { bucket: 'logs', key: 'k' };
    await fetchRange(client, request, { write: write as typeof file.write }, { start: 0, end: BYTES.length });
  } finally {
    await file.close();
  }
  return readFile(path);
}

it('fetchRange writes all bytes to a disk that takes them in pieces', async () => {
  expect(Buffer.compare(await fetched(700, BYTES.length), BYTES)).toBe(0);
});

it('fetchRange fails when a full disk takes a part of a chunk', async () => {
  await expect(fetched(BYTES.length, 3500)).rejects.toThrow('ENOSPC');
});
