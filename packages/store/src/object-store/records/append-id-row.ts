/**
 * The rows of an append that was given an id: one by the id, JSON in UTF-8, which says what a repeat is answered with;
 * and one by its number, whose value is the id, so that the oldest can be found. Content, id and number stand in keys.
 */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { RememberedAppend } from '../append-types.js';
import { count, crc64Text, fields, text, time } from './checks.js';
import { decodeJsonRow, showKey } from './row-decoder.js';

type StoredAppendId = Omit<RememberedAppend, 'crc64' | 'objectCrc64'> & {
  readonly crc64: string;
  readonly objectCrc64: string;
};

const appendIdCheck = fields<StoredAppendId>({
  sequence: count,
  position: count,
  length: count,
  crc64: crc64Text,
  etag: text,
  objectCrc64: crc64Text,
  atMs: time,
});

/** @returns The value of the row by the id. */
export function encodeAppendId({ crc64, objectCrc64, ...rest }: RememberedAppend): Uint8Array {
  const stored: StoredAppendId = { ...rest, crc64: crc64.toString(), objectCrc64: objectCrc64.toString() };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeAppendId(rowKey: Uint8Array, value: Uint8Array): RememberedAppend {
  const { crc64, objectCrc64, ...rest } = decodeJsonRow(value, appendIdCheck, () => rowKey);
  return { ...rest, crc64: BigInt(crc64), objectCrc64: BigInt(objectCrc64) };
}

/** @returns The value of the row by the number. */
export function encodeAppendIdText(appendId: string): Uint8Array {
  return Buffer.from(appendId, 'latin1');
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeAppendIdText(rowKey: Uint8Array, value: Uint8Array): string {
  const appendId = Buffer.from(value).toString('latin1');
  if (/^[\x21-\x7e]+$/.test(appendId)) return appendId;
  throw new EngineFailure({ kind: 'corrupt', detail: `${showKey(rowKey)}: the id of an append is no visible ASCII` });
}
