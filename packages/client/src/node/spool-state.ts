/** Where the writer of a spool is, in a file that is replaced whole. */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCrc64 } from '@annals/checksum';
import type { BatchIdentity, WriterState } from '../append-writer/backlog.js';
import { AnnalsError } from '../error.js';

const FILE_NAME = 'state.json';
const VERSION = 1;

/** Remembers a state. @param isSynced Whether it is on the disk when this resolves. */
export async function writeState(folder: string, state: WriterState, isSynced: boolean): Promise<void> {
  const { underWay } = state;
  const values = {
    version: VERSION,
    ...state,
    crc64: state.crc64.toString(),
    ...(underWay !== undefined && { underWay: { ...underWay, crc64: underWay.crc64.toString() } }),
  };
  const path = join(folder, FILE_NAME);
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(`${JSON.stringify(values)}\n`);
    if (isSynced) await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  if (isSynced) await syncFolder(folder);
}

/**
 * Reads the state that was remembered last; `undefined` in a new folder.
 * @throws {AnnalsError} `SpoolDamaged`.
 */
export async function readState(folder: string): Promise<WriterState | undefined> {
  const path = join(folder, FILE_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const state = decodeState(text);
  if (state !== undefined) return state;
  throw new AnnalsError('SpoolDamaged', `Cannot use the spool "${folder}": ${FILE_NAME} is no state of version 1`, {
    outcome: 'not-applied',
  });
}

/** Makes names durable: of new files, and of those that replaced others. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function decodeState(text: string): WriterState | undefined {
  const values = readObject(text);
  const crc64 = readCrc64(values.crc64);
  const { writerId, bucket, key, sequence, begunAtMs, position, durableBytes } = values;
  if (
    values.version !== VERSION ||
    typeof writerId !== 'string' ||
    typeof bucket !== 'string' ||
    typeof key !== 'string' ||
    !isCount(sequence) ||
    !isCount(begunAtMs) ||
    !isCount(position) ||
    !isCount(durableBytes) ||
    crc64 === undefined
  ) {
    return undefined;
  }
  const state = { writerId, bucket, key, sequence, begunAtMs, position, crc64, durableBytes };
  if (values.underWay === undefined) return state;
  const underWay = decodeIdentity(values.underWay);
  return underWay === undefined ? undefined : { ...state, underWay };
}

function decodeIdentity(value: unknown): BatchIdentity | undefined {
  const { id, length, crc64: text } = asObject(value);
  const crc64 = readCrc64(text);
  return typeof id === 'string' && isCount(length) && crc64 !== undefined ? { id, length, crc64 } : undefined;
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function readCrc64(value: unknown): bigint | undefined {
  return typeof value === 'string' ? parseCrc64(value) : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
