/**
 * The format row: says what wrote this store, so that a program that does not know the format leaves it alone. A store
 * of an earlier format is brought up to date at its first start. From its first change on the row names the new format,
 * so an older program refuses it; what is under way stands in the row too, and goes on at the next start.
 */
import type { KeyValueEntry, KeyValueStore } from '../../contract/key-value-store.js';
import type { StoreContext } from '../context/store-context.js';
import { anything, type Check, exactly, fields, hexText, idText, listOf, optional } from '../records/checks.js';
import { formatKey } from '../records/key-space.js';
import { decodeJsonRow } from '../records/row-decoder.js';
import { type BlobIdentification, BlobIdentifier, type MigrationProgress } from './identify-blobs.js';

/** Changes whenever a program of the format before would misread a row or a blob. See docs/format.md. */
export const FORMAT_VERSION = 6;
/**
 * Before 5, blobs did not share files; before 6, rows of objects were JSON and had no bytes. Nothing that was stored
 * has to change.
 */
const FORMAT_VERSIONS_READ: readonly unknown[] = [4, 5];
const FORMAT_VERSION_OLDEST = 3;
const FORMAT_NAME = 'annals';
/**
 * There until the end of a restoration or migration: rows without that of the format are no store, and nobody opens
 * them. Not a letter of any family.
 */
export const unfinishedKey: Uint8Array = Buffer.from('restoring', 'latin1');
const EVERYTHING = { start: Buffer.of(0), end: Buffer.of(0xff) };

/**
 * `migration` is there from the first change of a migration to its last. Any of them may be what this program does not
 * know.
 */
interface Format {
  readonly name: unknown;
  readonly version: unknown;
  readonly migration?: unknown;
}

const formatCheck: Check<Format> = fields<Format>({ name: anything, version: anything, migration: optional(anything) });

const migrationCheck: Check<BlobIdentification> = fields<BlobIdentification>({
  from: exactly(3),
  after: optional(idText),
  ends: listOf(fields<BlobIdentification['ends'][number]>({ blobId: idText, end: hexText })),
});

/**
 * Writes the format row into an empty store, checks the one that is there, or brings the store up to date.
 * @param onMigration Called after every step of bringing it up to date.
 * @throws {Error} When the store is of another format, or of none this program knows; nothing is touched then.
 */
export async function prepareFormat(
  context: StoreContext,
  onMigration: (progress: MigrationProgress) => void,
): Promise<void> {
  const row = (await context.keyValues.get(formatKey)) ?? (await writeFormat(context));
  const format = parseFormat(row.value);
  if (format === undefined || format.name !== FORMAT_NAME) {
    throw new Error('Cannot open the store: its format row is unknown, so something else wrote it');
  }
  if (format.version === FORMAT_VERSION_OLDEST) return migrate(context, row, { from: 3, ends: [] }, onMigration);
  const isRead = FORMAT_VERSIONS_READ.includes(format.version);
  if (!isRead && format.version !== FORMAT_VERSION) {
    throw new Error(
      `Cannot open the store: it has format ${format.version}, this program reads format ${FORMAT_VERSION} and migrates formats ${FORMAT_VERSION_OLDEST} to ${FORMAT_VERSION - 1}`,
    );
  }
  if (format.migration !== undefined) {
    if (!isBlobIdentification(format.migration)) {
      throw new Error('Cannot open the store: its format row tells of a migration this program does not know');
    }
    await migrate(context, row, format.migration, onMigration);
  } else if (isRead) await renameFormat(context, row);
}

async function renameFormat({ keyValues }: StoreContext, row: Pick<KeyValueEntry, 'version'>): Promise<void> {
  const outcome = await keyValues.commit({
    checks: [{ key: formatKey, version: row.version }],
    puts: [{ key: formatKey, value: encodeFormat(undefined) }],
  });
  if (!outcome.committed) throw new Error('Cannot open the store: another process changes its format');
}

/**
 * @returns The version, of a store whose migration is under way the one it comes from; `undefined` of an empty
 * store. @throws {Error} Something else wrote it.
 */
export async function readFormatVersion(keyValues: KeyValueStore): Promise<unknown> {
  const row = await keyValues.get(formatKey);
  if (row === undefined) {
    const others = await keyValues.list({ ...EVERYTHING, limit: 1 });
    if (others.length === 0) return undefined;
    if ((await keyValues.get(unfinishedKey)) !== undefined) {
      throw new Error('Cannot read the store: a restoration or migration into it has not ended');
    }
    throw new Error('Cannot read the store: it holds rows but no format row');
  }
  const format = parseFormat(row.value);
  if (format?.name !== FORMAT_NAME) throw new Error('Cannot read the store: its format row is unknown');
  return isBlobIdentification(format.migration) ? format.migration.from : format.version;
}

async function migrate(
  context: StoreContext,
  row: Pick<KeyValueEntry, 'version'>,
  begun: BlobIdentification,
  onMigration: (progress: MigrationProgress) => void,
): Promise<void> {
  const identifier = new BlobIdentifier(context);
  let { version } = row;
  let step: BlobIdentification | undefined = begun;
  while (step !== undefined) {
    await identifier.write(step);
    step = await identifier.next(step);
    const value = encodeFormat(step);
    const outcome = await context.keyValues.commit({
      checks: [{ key: formatKey, version }],
      puts: [{ key: formatKey, value }],
    });
    if (!outcome.committed) throw new Error('Cannot open the store: another process changes its format');
    version = outcome.version;
    onMigration(identifier.progress(step === undefined));
  }
}

async function writeFormat({ keyValues }: StoreContext): Promise<Pick<KeyValueEntry, 'value' | 'version'>> {
  if ((await keyValues.get(unfinishedKey)) !== undefined) {
    throw new Error(
      'Cannot open the store: a restoration or migration into it has not ended; run the same command again',
    );
  }
  const others = await keyValues.list({ ...EVERYTHING, limit: 1 });
  if (others.length > 0) {
    throw new Error('Cannot open the store: it holds rows but no format row, so something else wrote it');
  }
  const value = encodeFormat(undefined);
  const outcome = await keyValues.commit({
    checks: [{ key: formatKey, version: undefined }],
    puts: [{ key: formatKey, value }],
  });
  if (outcome.committed) return { value, version: outcome.version };
  // A lost race means that another process opens the same empty store: then its row counts.
  const row = await keyValues.get(formatKey);
  if (row === undefined) throw new Error('Cannot open the store: its format row came and went');
  return row;
}

function encodeFormat(migration: BlobIdentification | undefined): Uint8Array {
  const format = { name: FORMAT_NAME, version: FORMAT_VERSION, ...(migration !== undefined && { migration }) };
  return Buffer.from(JSON.stringify(format), 'utf8');
}

/** @returns Undefined: the row is as unknown as any other content. */
function parseFormat(value: Uint8Array): Format | undefined {
  try {
    return decodeJsonRow(value, formatCheck, () => formatKey);
  } catch {
    return undefined;
  }
}

function isBlobIdentification(value: unknown): value is BlobIdentification {
  return migrationCheck(value) === undefined;
}
