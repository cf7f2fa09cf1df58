/** One run of `annals storage check`: every place in turn, one line or document per step. */
import { checkRadosPlace, checkS3Place, type PlaceFinding } from '@annals/store';
import { EXIT_CODES } from '../command-failure.js';
import { type BlobLocation, parseBlobLocation } from '../configuration/blob-location.js';
import { parseMetadataLocation } from '../configuration/metadata-location.js';
import type { PoolLocation } from '../configuration/pool-location.js';
import { FolderPlace } from '../serve/folder-place.js';
import { describeMissingLibrary, openBlobs, toRadosPlace, toS3Place } from '../serve/open-blobs.js';
import { writeOutput } from '../terminal/standard-output.js';
import { checkDataFolder } from './check-data-folder.js';
import { checkDatabase } from './check-database.js';
import { judgeCombination } from './judge-combination.js';

/** What to examine. */
export interface StoragePlaces {
  /** Data folder. */
  readonly folder: string;
  /** As the setting `storage.metadata` has it. */
  readonly metadata: string;
  /** As the setting `storage.blobs` has it. */
  readonly blobs: string;
}

/**
 * @returns The exit code: 1 when a step failed.
 * @throws {CommandFailure} Exit code 2: keys, or the library of pools, are missing.
 * @throws {RangeError} The URL of the database is wrong.
 */
export async function runStorageCheck(places: StoragePlaces, isJson: boolean): Promise<number> {
  const { folder, metadata, blobs } = places;
  const rows = parseMetadataLocation(metadata);
  const location = parseBlobLocation(blobs);
  const findings = await checkBlobs(location);
  const report = new Report(isJson);
  await report.all(checkDataFolder(folder));
  const store = rows.kind === 'postgres' ? await report.all(checkDatabase(rows)) : undefined;
  const databaseOffsetMs = report.offsetOf('database clock');
  if (findings !== undefined) await report.all(findings);
  // Of places that cannot be used, nothing is known of whose they are.
  if (report.hasFailed) return EXIT_CODES.failed;
  for (const finding of judgeCombination({
    metadata: rows.kind,
    blobs: location.kind,
    storeIdOfBodies:
      findings === undefined ? await new FolderPlace(folder).readStoreId() : await storeIdOf(folder, location),
    storeIdOfRows: store?.storeId,
    databaseOffsetMs,
    bucketOffsetMs: report.offsetOf('clock'),
  })) {
    await report.tell(finding);
  }
  return report.hasFailed ? EXIT_CODES.failed : 0;
}

/** @returns What a trial of the place finds; `undefined`: it is the data folder. */
async function checkBlobs(location: BlobLocation): Promise<AsyncGenerator<PlaceFinding, void, undefined> | undefined> {
  if (location.kind === 'file') return undefined;
  return location.kind === 's3' ? checkS3Place(await toS3Place(location, process.env)) : checkPool(location);
}

async function* checkPool(location: PoolLocation): AsyncGenerator<PlaceFinding, void, undefined> {
  try {
    yield* checkRadosPlace(toRadosPlace(location));
  } catch (error) {
    throw describeMissingLibrary(error);
  }
}

async function storeIdOf(folder: string, location: BlobLocation): Promise<string | undefined> {
  const { blobs, wanted } = await openBlobs(folder, location);
  try {
    return await wanted?.place.readStoreId();
  } finally {
    await blobs.close();
  }
}

class Report {
  hasFailed = false;
  readonly #isJson: boolean;
  readonly #offsets = new Map<string, number>();

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  /** Tells all. @returns What they come to. */
  async all<Result>(findings: AsyncGenerator<PlaceFinding, Result, undefined>): Promise<Result> {
    for (let next = await findings.next(); ; next = await findings.next()) {
      if (next.done === true) return next.value;
      await this.tell(next.value);
    }
  }

  /** @returns What a clock is ahead of this machine, as a step found it. */
  offsetOf(step: string): number | undefined {
    return this.#offsets.get(step);
  }

  async tell(finding: PlaceFinding): Promise<void> {
    const { step, state, detail, remedy, figures } = finding;
    this.hasFailed ||= state === 'failed';
    if (figures?.clockOffsetMs !== undefined) this.#offsets.set(step, figures.clockOffsetMs);
    if (this.#isJson) return writeOutput(`${JSON.stringify(finding)}\n`);
    const mark = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' }[state];
    return writeOutput(`${mark}  ${step}: ${detail}\n${remedy === undefined ? '' : `         ${remedy}\n`}`);
  }
}
