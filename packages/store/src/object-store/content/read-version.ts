/** Reads bytes of a version, which are in its row or in its content. The caller has opened it: `open-object.ts`. */
import { crc64 } from '@annals/checksum';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { StoreContext } from '../context/store-context.js';
import type { ObjectRecord } from '../records/version-record.js';
import { type ByteRange, type ReadContext, readContent } from './read-content.js';
import { readInline } from './read-inline.js';

/** @throws {EngineFailure} `corrupt`, `missing-blob`, `key-unavailable`, `unavailable`. */
export function readVersion(context: ReadContext, record: ObjectRecord, range: ByteRange): AsyncIterable<Uint8Array> {
  const { body, contentId } = record;
  return body === undefined ? readContent(context, contentId, range) : readBody(record, body, range);
}

async function* readBody(record: ObjectRecord, body: Uint8Array, range: ByteRange): AsyncGenerator<Uint8Array, void> {
  if (range.start < range.end) yield bytesOfBody(record, body, range);
}

/**
 * Reads a short range in one piece.
 * @returns The bytes, verified; `undefined` where they are not in one row.
 * @throws {EngineFailure} `corrupt`, `key-unavailable`, `unavailable`.
 */
export async function readVersionAtOnce(
  context: Pick<StoreContext, 'keyValues' | 'contentKeys' | 'settings'>,
  record: ObjectRecord,
  range: ByteRange,
): Promise<Uint8Array | undefined> {
  const { body, contentId } = record;
  return body === undefined ? readInline(context, contentId, range) : bytesOfBody(record, body, range);
}

function bytesOfBody({ head }: ObjectRecord, body: Uint8Array, { start, end }: ByteRange): Uint8Array {
  if (crc64(body) !== head.crc64) {
    const detail = `the bytes in the row of object "${head.key}" in "${head.bucket}" fail their checksum`;
    throw new EngineFailure({ kind: 'corrupt', detail });
  }
  return start === 0 && end === body.length ? body : body.subarray(start, end);
}
