/**
 * The ids of marks: 48 bits of time, then random bits, as UUIDs. The time is the clock of the database, by which old
 * marks are removed; the rest never comes twice.
 */
import { randomFillSync } from 'node:crypto';

const LENGTH_BYTES = 16;
const TIME_LENGTH_BYTES = 6;
const POOL_LENGTH_BYTES = 4096;

const pool = Buffer.alloc(POOL_LENGTH_BYTES);
let poolOffset = POOL_LENGTH_BYTES;

/** @param nowMs Milliseconds since 1970. @returns A new id. */
export function newMarkId(nowMs: number): string {
  if (poolOffset + LENGTH_BYTES > POOL_LENGTH_BYTES) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const id = Buffer.from(pool.subarray(poolOffset, poolOffset + LENGTH_BYTES));
  poolOffset += LENGTH_BYTES;
  id.writeUIntBE(Math.max(0, Math.floor(nowMs)), 0, TIME_LENGTH_BYTES);
  return uuidOf(id);
}

/** @param atMs Milliseconds since 1970. @returns An id not greater than any that was made then or later. */
export function firstMarkId(atMs: number): string {
  const id = Buffer.alloc(LENGTH_BYTES);
  id.writeUIntBE(Math.max(0, Math.floor(atMs)), 0, TIME_LENGTH_BYTES);
  return uuidOf(id);
}

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
