/**
 * The tree file as the engine's threads use it: reads of the newest checkpoint on the write thread, and checkpoints
 * themselves.
 */

import type { BlockingFile } from '../../file-system/file-system.js';
import type { CheckpointPoint, WriteDatabase } from './checkpoint-segment.js';
import type { CheckpointedDatabase } from './commit-journal.js';
import type { RowChange } from './journal/journal-format.js';
import type { TreeShape } from './space-reserve.js';
import { readVersion, VERSION_LENGTH_BYTES, writeVersion } from './stored-value.js';
import { SpaceReturn } from './tree/space-return.js';
import { PAGE_LENGTH_BYTES } from './tree/tree-format.js';
import { readHead, TreeReader } from './tree/tree-reader.js';
import { type TreeChange, TreeWriter } from './tree/tree-writer.js';

const CACHE_LENGTH_BYTES_MAX = 16 * 1024 * 1024;

/** Reads of the write thread. */
export class TreeDatabase implements CheckpointedDatabase {
  readonly #file: BlockingFile;
  readonly #reader: TreeReader;

  constructor(file: BlockingFile) {
    this.#file = file;
    this.#reader = new TreeReader(file, readHead(file), CACHE_LENGTH_BYTES_MAX);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const row = this.#reader.get(key);
    if (row === undefined) return undefined;
    const stored = new Uint8Array(VERSION_LENGTH_BYTES + row.value.length);
    writeVersion(stored, row.version);
    stored.set(row.value, VERSION_LENGTH_BYTES);
    return stored;
  }

  assertReadable(key: Uint8Array): void {
    this.#reader.leafOf(key);
  }

  refresh(): void {
    this.#reader.moveTo(readHead(this.#file));
  }

  shape(): TreeShape {
    const { pageCount, usedPageCount, level, root } = this.#reader.head;
    return { pageCount, usedPageCount, depth: root === undefined ? 0 : level + 1, pageLengthBytes: PAGE_LENGTH_BYTES };
  }
}

/** Checkpoints, on whatever thread makes them. One at a time for a file. */
export class CheckpointDatabase implements WriteDatabase {
  readonly #writer: TreeWriter;
  readonly #spaceReturn = new SpaceReturn();
  #oldestTransaction: number | undefined;

  /** @param file Open for writing. */
  constructor(file: BlockingFile) {
    this.#writer = TreeWriter.open(file);
  }

  get point(): CheckpointPoint {
    return this.#writer.head;
  }

  /** Whether a checkpoint without rows would bring the end of the file nearer. */
  get wantsMaintenance(): boolean {
    return this.#spaceReturn.wants(this.#writer.head);
  }

  /** @param oldestTransaction Of all states that other threads read, now and until this is called again. */
  protect(oldestTransaction: number): void {
    this.#oldestTransaction = oldestTransaction;
  }

  apply(rows: readonly RowChange[], point: CheckpointPoint): void {
    const changes = rows.map(({ key, storedValue }) => ({ key, row: rowOf(storedValue) }));
    const moves = this.wantsMaintenance ? this.#spaceReturn.nextSlice(this.#writer.reader) : [];
    this.#writer.apply(moves.length === 0 ? changes : merged(changes, moves), point, {
      limit: this.#spaceReturn.limit,
      ...(this.#oldestTransaction !== undefined && { oldestTransaction: this.#oldestTransaction }),
    });
  }

  /** A checkpoint of no rows, which moves some to the front of the file. */
  maintain(): void {
    const { generation, sequence } = this.#writer.head;
    this.apply([], { generation, sequence });
  }
}

function rowOf(storedValue: Uint8Array | undefined): TreeChange['row'] {
  if (storedValue === undefined) return undefined;
  return { version: readVersion(storedValue), value: storedValue.subarray(VERSION_LENGTH_BYTES) };
}

/** Both are in the order of their keys; a row that changes is written again in any case. */
function merged(changes: readonly TreeChange[], moves: readonly TreeChange[]): TreeChange[] {
  const all: TreeChange[] = [];
  let place = 0;
  for (const change of changes) {
    let order = 1;
    for (; place < moves.length; place += 1) {
      order = Buffer.compare((moves[place] as TreeChange).key, change.key);
      if (order >= 0) break;
      all.push(moves[place] as TreeChange);
    }
    if (place < moves.length && order === 0) place += 1;
    all.push(change);
  }
  return [...all, ...moves.slice(place)];
}
