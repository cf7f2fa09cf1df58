/**
 * Moves a store from one pair of engines to another: first the bodies, each compared after it was written, then the
 * rows, then a digest of all rows on both sides, and last the row that makes it a store. Broken off anywhere, the same
 * call goes on. Changes nothing in the source. Leaves out keys, and that nobody else has either side open.
 */
import type { BlobStore } from '../../contract/blob-store.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { withoutSegments } from '../gateways/without-segments.js';
import { listReachableBlobs, type ReachableBlob } from '../maintenance/list-reachable-blobs.js';
import { readFormatVersion } from '../maintenance/prepare-format.js';
import { StoreImport } from '../maintenance/store-import.js';
import { formatKey } from '../records/key-space.js';
import { copyBodies } from './copy-bodies.js';
import { MigrationNotes, type MigrationState, migrationKey } from './migration-notes.js';
import { isMovable, pagesOfRows, type RowTotals, totalRows } from './movable-rows.js';

/** The engines of one side; bodies with their checksums. */
export interface MigrationSide {
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
}

/** The parts of the work, in their order. */
export type MigrationStage = 'reading rows' | 'copying bodies' | 'copying rows' | 'comparing rows';

/** What is moved, and what is told meanwhile. */
export interface MigrateStoreInput {
  /** For people, without secrets: a migration goes on only from the same one. */
  readonly sourceName: string;
  readonly source: MigrationSide;
  readonly target: MigrationSide;
  /** Whether bodies of the target may share files: not where several gateways may serve it. */
  readonly sharesFiles: boolean;
  /** @param lengthBytes Of all of it; `undefined`: not known. */
  readonly onStage: (stage: MigrationStage, lengthBytes: number | undefined) => void;
  readonly onProgress: (lengthBytes: number) => void;
  /** The source has changed since the migration began: it begins again. Bodies that are there stay. */
  readonly onBeginAgain: () => void;
  /** Called once the target is known to be this migration's, before anything else is written into it. */
  readonly claimBlobs: () => Promise<void>;
}

/** What was moved. */
export interface MigratedStore {
  readonly rowCount: number;
  readonly rowDigest: string;
  readonly blobCount: number;
  readonly blobLength: number;
  readonly isResumed: boolean;
}

/** The target or the source cannot be used for a migration. */
export class CannotMigrate extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CannotMigrate';
  }
}

/** Formats whose rows and bodies are those of today; older ones are brought up to date by a start of the server. */
const FORMATS: readonly unknown[] = [4, 5, 6];
/** What is copied again at most when it is broken off. Files that bodies share are costly to sync. */
const GROUP = { lengthBytes: 64 * 1024 * 1024, count: 256 };
const SHARED_GROUP = { lengthBytes: 1024 * 1024 * 1024, count: 65_536 };
const NOTE_PAGE_COUNT = 8;

/**
 * @throws {CannotMigrate} There is no store, or one of an older format.
 * @throws {EngineFailure} `unavailable`.
 */
export async function requireMovable(keyValues: KeyValueStore): Promise<void> {
  const format = await readFormatVersion(keyValues);
  if (format === undefined) throw new CannotMigrate('there is no store in the source');
  if (FORMATS.includes(format)) return;
  throw new CannotMigrate(`the source has format ${String(format)}; start a server of this version on it once`);
}

/**
 * @throws {CannotMigrate} The source changes meanwhile, or the target holds something else.
 * @throws {MigrationOvertaken} Another migration works on the target.
 * @throws {EngineFailure} `corrupt`, `missing-blob`: the source is damaged; `unavailable`.
 */
export function migrateStore(input: MigrateStoreInput): Promise<MigratedStore> {
  return new Migration(input).run();
}

class Migration {
  readonly #input: MigrateStoreInput;
  readonly #blobs: BlobStore;
  readonly #import: StoreImport;
  readonly #notes: MigrationNotes;

  constructor(input: MigrateStoreInput) {
    const { target, sharesFiles } = input;
    this.#input = input;
    this.#blobs = sharesFiles ? target.blobs : withoutSegments(target.blobs);
    this.#import = new StoreImport(target.keyValues, this.#blobs);
    this.#notes = new MigrationNotes(target.keyValues);
  }

  async run(): Promise<MigratedStore> {
    const { source, target, onStage, claimBlobs } = this.#input;
    const begun = await this.#readState();
    const totals = await this.#total(source.keyValues, undefined);
    let state = await this.#begin(begun, totals);
    await claimBlobs();
    const bodies = await this.#moveBodies(state, totals);
    state = { ...state, hasBlobs: true };
    await this.#notes.write(state);
    await this.#moveRows(state, totals);
    onStage('comparing rows', 2 * totals.rowLength);
    const after = await totalRows(source.keyValues, (_, length) => this.#input.onProgress(length));
    const arrived = await totalRows(target.keyValues, (_, length) => this.#input.onProgress(length));
    if (after.rowDigest !== totals.rowDigest)
      throw new CannotMigrate('the source has changed meanwhile; stop its server');
    if (arrived.rowDigest !== totals.rowDigest || arrived.rowCount !== totals.rowCount) {
      // The next run begins again: something else has written there.
      await this.#notes.write({ source: state.source, rowDigest: '', hasBlobs: false });
      throw new CannotMigrate('the rows of the target are not those of the source; run the same command again');
    }
    const formatRow = await source.keyValues.get(formatKey);
    if (formatRow === undefined) throw new CannotMigrate('the source has lost the row of its format');
    await this.#import.finish(formatRow.value, [migrationKey]);
    const { rowCount, rowDigest } = totals;
    return { rowCount, rowDigest, ...bodies, isResumed: begun !== undefined };
  }

  /** @throws {CannotMigrate} The target holds something else. */
  async #readState(): Promise<MigrationState | undefined> {
    const { sourceName, target } = this.#input;
    const state = await this.#notes.read();
    if (await this.#import.isFinished()) throw new CannotMigrate('the target holds a store already');
    if (state === undefined) {
      for await (const page of pagesOfRows(target.keyValues)) {
        const [other] = page.filter(({ key }) => isMovable(key));
        if (other !== undefined) throw new CannotMigrate('the target holds rows of something else');
      }
      if (await this.#import.isBegun()) throw new CannotMigrate('a restoration into the target has begun');
      return undefined;
    }
    if (state.source === sourceName) return state;
    throw new CannotMigrate(
      `a migration of ${state.source} into the target has begun; end that one, or empty the target`,
    );
  }

  async #begin(begun: MigrationState | undefined, { rowDigest }: RowTotals): Promise<MigrationState> {
    if (begun?.rowDigest === rowDigest) return begun;
    const state: MigrationState = { source: this.#input.sourceName, rowDigest, hasBlobs: false };
    // First the note: a target that has only the other row would be taken for that of a restoration.
    await this.#notes.write({ ...state, rowDigest: '' });
    await this.#import.begin();
    if (begun !== undefined) {
      this.#input.onBeginAgain();
      await this.#emptyTarget();
    }
    await this.#notes.write(state);
    return state;
  }

  async #emptyTarget(): Promise<void> {
    const { keyValues } = this.#input.target;
    for await (const page of pagesOfRows(keyValues)) {
      const deletes = page.map(({ key }) => key).filter(isMovable);
      if (deletes.length > 0) await keyValues.commit({ deletes });
    }
  }

  async #total(keyValues: KeyValueStore, lengthBytes: number | undefined): Promise<RowTotals> {
    this.#input.onStage('reading rows', lengthBytes);
    return totalRows(keyValues, (_, length) => this.#input.onProgress(length));
  }

  async #moveBodies(
    begun: MigrationState,
    { blobLength: expectedLength }: RowTotals,
  ): Promise<Pick<MigratedStore, 'blobCount' | 'blobLength'>> {
    const { source, onStage, onProgress } = this.#input;
    onStage('copying bodies', expectedLength);
    const bounds = this.#blobs.restore === undefined ? GROUP : SHARED_GROUP;
    const copy = { source: source.blobs, target: this.#blobs, import: this.#import, onBody: onProgress };
    let [blobCount, blobLength, groupLength] = [0, 0, 0];
    let group: ReachableBlob[] = [];
    const copyGroup = async (): Promise<void> => {
      const last = group.at(-1);
      if (last === undefined) return;
      await copyBodies(group, copy);
      await this.#notes.write({ ...begun, blobsAfter: last.blobId });
      group = [];
      groupLength = 0;
    };
    let after: string | undefined;
    do {
      const page = await listReachableBlobs(source.keyValues, after);
      for (const blob of page.blobs) {
        blobCount += 1;
        blobLength += blob.length;
        if (begun.hasBlobs || (begun.blobsAfter !== undefined && blob.blobId <= begun.blobsAfter)) {
          onProgress(blob.length);
          continue;
        }
        group.push(blob);
        groupLength += blob.length;
        if (group.length >= bounds.count || groupLength >= bounds.lengthBytes) await copyGroup();
      }
      after = page.next;
    } while (after !== undefined);
    await copyGroup();
    return { blobCount, blobLength };
  }

  async #moveRows(begun: MigrationState, { rowLength }: RowTotals): Promise<void> {
    const { source, onStage, onProgress } = this.#input;
    onStage('copying rows', rowLength);
    const after = begun.rowsAfter === undefined ? undefined : Buffer.from(begun.rowsAfter, 'hex');
    let pageCount = 0;
    for await (const page of pagesOfRows(source.keyValues, after)) {
      const rows = page.filter(({ key }) => isMovable(key));
      await this.#import.putRows(rows.map(({ key, value }) => ({ key, value })));
      onProgress(rows.reduce((sum, { key, value }) => sum + key.length + value.length, 0));
      pageCount += 1;
      const last = page.at(-1);
      if (pageCount % NOTE_PAGE_COUNT !== 0 || last === undefined) continue;
      await this.#notes.write({ ...begun, rowsAfter: Buffer.from(last.key).toString('hex') });
    }
  }
}
