/** Fetches a range of an object into its place in a file, again from where it broke. */
import type { FileHandle } from 'node:fs/promises';
import { Crc64 } from '@annals/checksum';
import type { Client } from '../client.js';
import { isTransient } from '../connection/connection.js';
import { pause, retryDelayMs } from '../connection/pause.js';
import { AnnalsError } from '../error.js';
import type { GetObjectInput } from '../operations/object/get-object.js';
import { writeAt } from './file-source.js';

/** Breaks without a byte in between, before a range is given up. */
const FAILED_COUNT_MAX = 4;

/**
 * @param request Names the object; its range is that of the part.
 * @returns CRC-64 of the range.
 * @throws As `getObject`, and what the file system says.
 */
export async function fetchRange(
  client: Pick<Client, 'getObject'>,
  request: GetObjectInput,
  file: Pick<FileHandle, 'write'>,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<bigint> {
  const checksum = new Crc64();
  let position = start;
  let failedCount = 0;
  while (position < end) {
    try {
      const { body } = await client.getObject({ ...request, range: { start: position, end } });
      for await (const chunk of body) {
        await writeAt(file, chunk, position);
        checksum.update(chunk);
        position += chunk.length;
        failedCount = 0;
      }
      // A server that gives less than it has would be asked for ever.
      if (position < end) throw cutOff(request, position, end);
    } catch (error) {
      failedCount += 1;
      const isOver = failedCount === FAILED_COUNT_MAX || request.signal?.aborted === true;
      if (isOver || !(error instanceof AnnalsError) || !isTransient(error)) throw error;
      await pause(retryDelayMs(request.retry ?? {}, failedCount, Math.random), request.signal);
    }
  }
  return checksum.digest();
}

function cutOff({ bucket, key }: GetObjectInput, position: number, end: number): AnnalsError {
  return new AnnalsError(
    'NetworkFailed',
    `Cannot read oss://${bucket}/${key}: the answer ended at ${position}, expected ${end}`,
    { outcome: 'not-applied' },
  );
}
