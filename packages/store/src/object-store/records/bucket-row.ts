/** The row of a bucket: its record as JSON in UTF-8. The name stands in it too, as in the row's key. */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { BucketRecord } from '../types.js';

/** @returns The value of the row. */
export function encodeBucketRecord(record: BucketRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record), 'utf8');
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeBucketRecord(value: Uint8Array): BucketRecord {
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8')) as BucketRecord;
  } catch (cause) {
    throw new EngineFailure({ kind: 'corrupt', detail: 'bucket row is not JSON' }, cause);
  }
}
