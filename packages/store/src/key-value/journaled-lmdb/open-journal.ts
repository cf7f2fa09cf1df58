/**
 * Opens the journal of a folder, or makes it, and brings into the database whatever an earlier process left in it:
 * afterwards both segments are empty. Takes time by what was left, at most two segments, not by the size of the
 * database.
 */
import { join } from 'node:path';
import type { BlockingFileSystem } from '../../file-system/file-system.js';
import { nodeBlockingFileSystem } from '../../file-system/node-blocking-file-system.js';
import { type CheckpointPoint, checkpointSegment, type WriteDatabase } from './checkpoint-segment.js';
import { JournalDamage, JournalSegment, SEGMENT_LENGTH_BYTES } from './journal/journal-segment.js';

/** Names of the two segments, in no order. */
export const SEGMENT_NAMES = ['journal-0', 'journal-1'] as const;

/** Tells whether the folder has no file of a journal. */
export function hasNoJournal(directory: string, fileSystem: BlockingFileSystem): boolean {
  return SEGMENT_NAMES.every((name) => !fileSystem.exists(join(directory, name)));
}

/**
 * Tells whether all that was ever committed is still in the journal of the folder, if there is one: an empty database
 * fits it.
 */
export function isNeverCheckpointed(directory: string, fileSystem: BlockingFileSystem): boolean {
  const paths = SEGMENT_NAMES.map((name) => join(directory, name));
  if (!paths.every((path) => fileSystem.exists(path))) return true;
  const generations = paths.map((path) => {
    const file = fileSystem.openFile(path);
    try {
      return JournalSegment.open(file, path).generation;
    } finally {
      file.close();
    }
  });
  return Math.min(...generations) === 1;
}

/**
 * How far the database of a folder surely had come, as the journal tells: up to where its older half begins. What that
 * half holds may be in the database too; bringing it in again changes nothing, since both halves are brought in, in
 * their order.
 * @throws {JournalDamage} The journal is damaged, or not there.
 */
export function pointBeforeJournal(
  directory: string,
  fileSystem: BlockingFileSystem = nodeBlockingFileSystem,
): CheckpointPoint {
  const paths = SEGMENT_NAMES.map((name) => join(directory, name));
  const missing = paths.find((path) => !fileSystem.exists(path));
  if (missing !== undefined) throw new JournalDamage(`"${missing}" is missing`);
  const [older, newer] = paths
    .map((path) => segmentFacts(fileSystem, path))
    .sort((one, other) => one.generation - other.generation);
  if (older === undefined || newer === undefined || newer.generation !== older.generation + 1) {
    throw new JournalDamage('its halves do not belong together');
  }
  const firstSequence = older.firstSequence ?? newer.firstSequence;
  return { generation: older.generation - 1, sequence: firstSequence === undefined ? 0 : firstSequence - 1 };
}

function segmentFacts(
  fileSystem: BlockingFileSystem,
  path: string,
): { readonly generation: number; readonly firstSequence: number | undefined } {
  const segment = JournalSegment.open(fileSystem.openFile(path), path);
  try {
    let firstSequence: number | undefined;
    for (const { sequence } of segment.frames()) firstSequence ??= sequence;
    return { generation: segment.generation, firstSequence };
  } finally {
    segment.close();
  }
}

/** An empty journal. */
export interface OpenedJournal {
  /** The one to be written first, then the other. */
  readonly segments: readonly [JournalSegment, JournalSegment];
  /** Of the last frame that was ever written; 0 in a new one. */
  readonly sequence: number;
}

/** Where the files lie and how they are made; for tests. */
export interface JournalPlace {
  readonly fileSystem?: BlockingFileSystem;
  /** Of segments that are made again. */
  readonly segmentLengthBytes?: number;
}

/**
 * @throws {JournalDamage} Something acknowledged is missing, or the files do not belong together. Nothing is changed
 * then.
 * @throws {Error} With a `code`: the file system, or no room for what the journal holds.
 */
export function openJournal(
  directory: string,
  database: WriteDatabase,
  drawSalt: () => Uint8Array,
  place: JournalPlace = {},
): OpenedJournal {
  const segments = openSegments(directory, database.point.generation === 0, drawSalt, place);
  return recoverJournal(segments, database, drawSalt);
}

/**
 * The part of `openJournal` that knows no folder. @param segments In any order.
 * @throws {JournalDamage} A segment is missing or cannot be what was written.
 */
export function recoverJournal(
  segments: readonly [JournalSegment, JournalSegment],
  database: WriteDatabase,
  drawSalt: () => Uint8Array,
): OpenedJournal {
  let { generation, sequence } = database.point;
  let [first, second] = segments;
  if (first.generation > second.generation) [first, second] = [second, first];
  const isEarlierDone = first.generation === generation;
  if (second.generation !== first.generation + 1 || (!isEarlierDone && first.generation !== generation + 1)) {
    throw new JournalDamage(
      `it has generations ${first.generation} and ${second.generation}, the database has ${generation}: they do not belong together`,
    );
  }
  const passOn = (): void => {
    first.reset({ generation: second.generation + 1, salt: drawSalt() });
    [first, second] = [second, first];
  };
  if (isEarlierDone) passOn();
  const wereEmpty = [isEmpty(first), isEmpty(second)];
  if (wereEmpty[0] && !wereEmpty[1]) {
    throw new JournalDamage(`generation ${first.generation} is missing, generation ${second.generation} is there`);
  }
  for (const wasEmpty of wereEmpty) {
    if (wasEmpty) break;
    ({ generation, sequence } = checkpointSegment(database, first));
    passOn();
  }
  return { segments: [first, second], sequence };
}

function isEmpty(segment: JournalSegment): boolean {
  for (const _ of segment.frames()) return false;
  return true;
}

function openSegments(
  directory: string,
  mayCreate: boolean,
  drawSalt: () => Uint8Array,
  { fileSystem = nodeBlockingFileSystem, segmentLengthBytes = SEGMENT_LENGTH_BYTES }: JournalPlace,
): [JournalSegment, JournalSegment] {
  const paths = SEGMENT_NAMES.map((name) => join(directory, name));
  const missing = paths.find((path) => !fileSystem.exists(path));
  if (missing !== undefined) {
    if (!mayCreate || !isHalfMade(paths, fileSystem)) throw new JournalDamage(`"${missing}" is missing`);
    paths.forEach((path, index) => {
      const draft = `${path}.new`;
      const header = { generation: index + 1, salt: drawSalt() };
      JournalSegment.create(fileSystem.createFile(draft), header, segmentLengthBytes).close();
      fileSystem.rename(draft, path);
      fileSystem.syncDirectory(directory);
    });
  }
  const [first, second] = paths.map((path) => JournalSegment.open(fileSystem.openFile(path), path));
  return [first as JournalSegment, second as JournalSegment];
}

/**
 * Frames are written only when both files are there. The first is made first, so a pair whose making was broken off is
 * that one, empty, or none.
 */
function isHalfMade([first, second]: readonly string[], fileSystem: BlockingFileSystem): boolean {
  if (second === undefined || fileSystem.exists(second)) return false;
  if (first === undefined || !fileSystem.exists(first)) return true;
  const segment = JournalSegment.open(fileSystem.openFile(first), first);
  try {
    return isEmpty(segment);
  } finally {
    segment.close();
  }
}
