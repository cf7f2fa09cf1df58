/**
 * What the process that owns a folder of rows and the processes that mirror it say to each other. Both ends come from
 * one build, so nothing has a version number. Little-endian, unaligned.
 *
 *     rows := row*
 *     row  := keyLength u32, valueLength u32 (2^32 - 1: the row is gone), version f64, key, value
 */
import { deserialize, serialize } from 'node:v8';
import { EngineFailure, type EngineFailureReason } from '../../../contract/engine-failure.js';
import type { KeyValueCommit, KeyValueCommitOutcome } from '../../../contract/key-value-store.js';
import { keyToText } from '../../commit-rules.js';
import { decodeBatch, encodeBatch, encodedLength } from '../batch-encoding.js';
import type { CommittedRow } from '../committed-rows.js';
import type { RecentLayer } from '../recent-rows.js';
import { VERSION_LENGTH_BYTES } from '../stored-value.js';
import { makeFrame } from './frames.js';

/** Kinds of messages: those of the owner, then those of a mirror, which begins with `hello`. */
export const MESSAGE = {
  welcome: 1,
  rows: 2,
  closed: 3,
  checkpointed: 4,
  outcome: 5,
  hello: 6,
  commit: 7,
  oldest: 8,
  /** Of both. */
  note: 9,
} as const;

/** How the mirror begins: as what it will be told goes on from. */
export interface Welcome {
  readonly lifeId: number;
  readonly sequence: number;
  readonly transaction: number;
  /** Newest first. */
  readonly layers: readonly RecentLayer[];
}

/** Makes an error of the owner's again what it was, where it is none of the engine's own. */
export type FailureReviver = (name: string, reason: unknown) => Error | undefined;

const GONE = 0xffff_ffff;
const ROW_HEADER_LENGTH_BYTES = 16;

function rowsLength(rows: readonly CommittedRow[]): number {
  let lengthBytes = 0;
  for (const [text, row] of rows) lengthBytes += ROW_HEADER_LENGTH_BYTES + text.length + (row?.value.length ?? 0);
  return lengthBytes;
}

function writeRows(target: Buffer, rows: readonly CommittedRow[]): void {
  let offset = 0;
  for (const [text, row] of rows) {
    target.writeUInt32LE(text.length, offset);
    target.writeUInt32LE(row === undefined ? GONE : row.value.length, offset + 4);
    target.writeDoubleLE(row?.version ?? 0, offset + 8);
    target.write(text, offset + ROW_HEADER_LENGTH_BYTES, 'latin1');
    offset += ROW_HEADER_LENGTH_BYTES + text.length;
    if (row === undefined) continue;
    target.set(row.value, offset);
    offset += row.value.length;
  }
}

function readRows(bytes: Buffer): CommittedRow[] {
  const rows: CommittedRow[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const keyEnd = offset + ROW_HEADER_LENGTH_BYTES + bytes.readUInt32LE(offset);
    const valueLength = bytes.readUInt32LE(offset + 4);
    const key = bytes.subarray(offset + ROW_HEADER_LENGTH_BYTES, keyEnd);
    const version = bytes.readDoubleLE(offset + 8);
    const isGone = valueLength === GONE;
    const end = isGone ? keyEnd : keyEnd + valueLength;
    rows.push([keyToText(key), isGone ? undefined : { key, value: bytes.subarray(keyEnd, end), version }]);
    offset = end;
  }
  return rows;
}

/** @returns The frame of {@link Welcome}. */
export function encodeWelcome({ layers, ...rest }: Welcome): Buffer {
  const encoded = layers.map(({ generation, rows }) => {
    const all = [...rows];
    const bytes = Buffer.allocUnsafe(rowsLength(all));
    writeRows(bytes, all);
    return { generation, bytes };
  });
  return frameOf(MESSAGE.welcome, serialize({ ...rest, layers: encoded }));
}

/** Reads what `encodeWelcome` wrote. */
export function decodeWelcome(payload: Buffer): Welcome {
  const { layers, ...rest } = deserialize(payload) as Omit<Welcome, 'layers'> & {
    readonly layers: readonly { readonly generation: number | undefined; readonly bytes: Uint8Array }[];
  };
  return {
    ...rest,
    layers: layers.map(({ generation, bytes }) => ({
      generation,
      rows: readRows(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
    })),
  };
}

/** @param sequence Of the state that the rows lead to. */
export function encodeRows(sequence: number, rows: readonly CommittedRow[]): Buffer {
  const { frame, payload } = makeFrame(MESSAGE.rows, 8 + rowsLength(rows));
  payload.writeDoubleLE(sequence, 0);
  writeRows(payload.subarray(8), rows);
  return frame;
}

/** Reads what `encodeRows` wrote. */
export function decodeRows(payload: Buffer): { readonly sequence: number; readonly rows: readonly CommittedRow[] } {
  return { sequence: payload.readDoubleLE(0), rows: readRows(payload.subarray(8)) };
}

/** Of `closed`: the generation. Of `checkpointed`: it, or -1, and the transaction. Of `oldest`: the transaction. */
export function encodeNumbers(kind: number, ...numbers: readonly number[]): Buffer {
  const { frame, payload } = makeFrame(kind, 8 * numbers.length);
  for (const [index, number] of numbers.entries()) payload.writeDoubleLE(number, 8 * index);
  return frame;
}

/** Reads one of what `encodeNumbers` wrote. */
export function numberAt(payload: Buffer, index: number): number {
  return payload.readDoubleLE(8 * index);
}

/** A word beside the rows, in order with them. */
export function encodeNote(text: string): Buffer {
  return frameOf(MESSAGE.note, Buffer.from(text));
}

/** Reads what `encodeNote` wrote. */
export function decodeNote(payload: Buffer): string {
  return payload.toString();
}

/** @param id Of the mirror's choice; its outcome comes back under it. */
export function encodeCommit(id: number, commit: KeyValueCommit): Buffer {
  const lengthBytes = encodedLength(commit);
  const { frame, payload } = makeFrame(MESSAGE.commit, 4 + lengthBytes);
  payload.writeUInt32LE(id, 0);
  payload.set(encodeBatch([commit], lengthBytes), 4);
  return frame;
}

/** Reads what `encodeCommit` wrote. @throws {Error} It holds no commit. */
export function decodeCommit(payload: Buffer): { readonly id: number; readonly commit: KeyValueCommit } {
  const [encoded] = decodeBatch(payload.subarray(4));
  if (encoded === undefined) throw new Error('Cannot read a commit of no bytes');
  const { checks, puts, deletes, sums } = encoded;
  return {
    id: payload.readUInt32LE(0),
    commit: {
      checks,
      puts: puts.map(({ key, storedValue }) => ({ key, value: storedValue.subarray(VERSION_LENGTH_BYTES) })),
      deletes,
      sums,
    },
  };
}

/** An outcome, or why there is none. */
export function encodeOutcome(id: number, outcome: KeyValueCommitOutcome | Error): Buffer {
  if (!(outcome instanceof Error)) {
    const { frame, payload } = makeFrame(MESSAGE.outcome, 12);
    payload.writeUInt32LE(id, 0);
    payload.writeDoubleLE(outcome.committed ? outcome.version : 0, 4);
    return frame;
  }
  const { name, message, cause } = outcome;
  const reason: unknown = 'reason' in outcome ? outcome.reason : undefined;
  const told = serialize({ name, message, reason, cause: cause instanceof Error ? cause.message : undefined });
  const { frame, payload } = makeFrame(MESSAGE.outcome, 12 + told.length);
  payload.writeUInt32LE(id, 0);
  payload.writeDoubleLE(0, 4);
  payload.set(told, 12);
  return frame;
}

/** Reads what `encodeOutcome` wrote. */
export function decodeOutcome(
  payload: Buffer,
  revive: FailureReviver,
): { readonly id: number; readonly outcome: KeyValueCommitOutcome | Error } {
  const id = payload.readUInt32LE(0);
  if (payload.length > 12) return { id, outcome: revivedError(deserialize(payload.subarray(12)), revive) };
  const version = payload.readDoubleLE(4);
  return { id, outcome: version > 0 ? { committed: true, version } : { committed: false } };
}

interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly reason: unknown;
  readonly cause: string | undefined;
}

function revivedError(told: ToldError, revive: FailureReviver): Error {
  const { name, message, reason, cause } = told;
  const underneath = cause === undefined ? undefined : new Error(cause);
  if (name === 'EngineFailure') return new EngineFailure(reason as EngineFailureReason, underneath);
  if (name === 'RangeError') return new RangeError(message);
  return revive(name, reason) ?? new Error(message, { cause: underneath });
}

function frameOf(kind: number, bytes: Uint8Array): Buffer {
  const { frame, payload } = makeFrame(kind, bytes.length);
  payload.set(bytes);
  return frame;
}
