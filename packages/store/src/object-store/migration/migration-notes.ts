/**
 * How far a migration has come, in a row of the store that it makes. The row goes with the commit that makes it a
 * store. Each change checks the one before, so that of two migrations into one store one fails.
 */
import type { KeyValueStore, KeyValueVersion } from '../../contract/key-value-store.js';
import { type Check, fields, flag, hexText, idText, optional, text } from '../records/checks.js';
import { decodeJsonRow } from '../records/row-decoder.js';

/** What is known of a migration that has begun. */
export interface MigrationState {
  /** Where it comes from, for people, without secrets. */
  readonly source: string;
  /** Of the rows of the source, as they were when it began. */
  readonly rowDigest: string;
  /** All bodies up to this id are there, and were compared. */
  readonly blobsAfter?: string;
  /** All bodies are there. */
  readonly hasBlobs: boolean;
  /** All rows up to this key are there, in hex. */
  readonly rowsAfter?: string;
}

/** Not a letter of any family: see `unfinishedKey`. */
export const migrationKey: Uint8Array = Buffer.from('migrating', 'latin1');

const check: Check<MigrationState> = fields<MigrationState>({
  source: text,
  rowDigest: hexText,
  blobsAfter: optional(idText),
  hasBlobs: flag,
  rowsAfter: optional(hexText),
});

/** Somebody else works on the target. */
export class MigrationOvertaken extends Error {
  constructor() {
    super('another migration works on the target');
    this.name = 'MigrationOvertaken';
  }
}

/** The row. */
export class MigrationNotes {
  readonly #keyValues: KeyValueStore;
  #version: KeyValueVersion | undefined;

  constructor(keyValues: KeyValueStore) {
    this.#keyValues = keyValues;
  }

  /** @returns `undefined`: none has begun. @throws {EngineFailure} `corrupt`, `unavailable`. */
  async read(): Promise<MigrationState | undefined> {
    const row = await this.#keyValues.get(migrationKey);
    this.#version = row?.version;
    return row === undefined ? undefined : decodeJsonRow(row.value, check, () => migrationKey);
  }

  /** @throws {MigrationOvertaken} @throws {EngineFailure} `unavailable`. */
  async write(state: MigrationState): Promise<void> {
    const value = Buffer.from(JSON.stringify(state), 'utf8');
    const outcome = await this.#keyValues.commit({
      checks: [{ key: migrationKey, version: this.#version }],
      puts: [{ key: migrationKey, value }],
    });
    if (!outcome.committed) throw new MigrationOvertaken();
    this.#version = outcome.version;
  }
}
