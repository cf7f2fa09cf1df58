/**
 * The numbers and choices of an object store: built once by the program that opens it and passed down unchanged.
 * Nothing reads the environment. Leaves out limits of the protocol (lengths of names, parts, bodies), which callers
 * pass with each call.
 */

import { PUT_LENGTH_BYTES_MAX } from '../../contract/blob-store.js';
import type { AppendReplay, Permission } from '../types.js';
import { type EtagFormat, ossEtagFormat } from './etag-format.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Encrypted, a body is a little longer than it is. */
const PUT_LENGTH_MAX = PUT_LENGTH_BYTES_MAX / 2;

/** All settings, complete. */
export interface ObjectStoreSettings {
  /**
   * A body up to this length that is put in the clear is kept in the row of its object: one row, and nothing to sweep
   * when it is replaced. Listings read such bytes with the heads; with 1 KiB the row still fits into a page with
   * others.
   */
  readonly rowBodyLengthMax: number;
  /**
   * A body up to this length is kept as one row of the key-value store, with the same sync as the rest of its commit.
   * Such bytes are written three times: in the commit, as a row, and by the compactor.
   */
  readonly inlineLengthMax: number;
  /**
   * The same for a body that is appended while no other is on its way: with nobody to share it, a second sync costs
   * more than bytes that are written again. Default: 16 KiB; where `inlineLengthMax` is given, as much as that.
   */
  readonly loneInlineLengthMax: number;
  /**
   * The same for an encrypted body whose place is not known before its commit: a blob is bound to its place, so a
   * longer body gets a content of its own.
   */
  readonly unplacedInlineLengthMax: number;
  /**
   * A longer body up to this length becomes a blob that is put at once: its bytes are written once, with one sync that
   * all share who wait. It waits in memory while it comes in. A body that is longer still gets a file of its own.
   */
  readonly putLengthMax: number;
  readonly appendable: {
    /** Whether anything but an append may replace an appendable object. */
    readonly overwrite: Permission;
    /** Whether an appendable object may be the source of a copy. */
    readonly copy: Permission;
    /** Bytes of one appendable object at most. */
    readonly lengthMax: number;
    /** Whether an append that repeats the last one is answered as that one was. */
    readonly replay: AppendReplay;
    /** Ids of appends are forgotten when so many newer ones of the object exist, and when they are so old. */
    readonly appendIdCountMax: number;
    readonly appendIdAgeMsMax: number;
  };
  readonly compaction: {
    /** So many inline bytes behind each other are worth a blob. */
    readonly lengthMin: number;
    /**
     * So many inline extents are worth a blob even when they are short. It bounds the rows one commit of the compactor
     * touches.
     */
    readonly extentCountMin: number;
  };
  readonly multipart: {
    /** Bytes of each part but the last at least, judged when the upload is completed. */
    readonly partLengthMin: number;
  };
  readonly archive: {
    /**
     * How long a restoration takes before its object can be read. All classes lie on the same disk, so any delay is for
     * show.
     */
    readonly restoreDelayMs: number;
  };
  /**
   * How long content outlives its last reference. Readers of this process are known and waited for, however long they
   * take; so 0, unless the engines serve several processes.
   */
  readonly garbageGraceMs: number;
  /**
   * How writers are held up while garbage waits, so that the sweep gets ahead of them before the disk is full. See
   * `write-brake.ts`.
   */
  readonly brake: {
    /** The longest delay of one write; 0: no write is delayed. */
    readonly delayMsMax: number;
    /** So many waiting notes count as much as garbage of as many bytes as are free. */
    readonly noteCountHalf: number;
  };
  /** How old a blob that no content knows must be before it is taken for the remains of a broken upload. */
  readonly orphanGraceMs: number;
  readonly etags: EtagFormat;
}

/** The settings with all choices left open taken from the defaults, one level deep. */
export interface ObjectStoreSettingsChange {
  readonly rowBodyLengthMax?: number;
  readonly inlineLengthMax?: number;
  readonly loneInlineLengthMax?: number;
  readonly unplacedInlineLengthMax?: number;
  readonly putLengthMax?: number;
  readonly appendable?: Partial<ObjectStoreSettings['appendable']>;
  readonly compaction?: Partial<ObjectStoreSettings['compaction']>;
  readonly multipart?: Partial<ObjectStoreSettings['multipart']>;
  readonly archive?: Partial<ObjectStoreSettings['archive']>;
  readonly garbageGraceMs?: number;
  readonly brake?: Partial<ObjectStoreSettings['brake']>;
  readonly orphanGraceMs?: number;
  readonly etags?: EtagFormat;
}

/** What holds unless a setting says otherwise. */
export const defaultObjectStoreSettings: ObjectStoreSettings = {
  rowBodyLengthMax: KIB,
  inlineLengthMax: 8 * KIB,
  loneInlineLengthMax: 16 * KIB,
  unplacedInlineLengthMax: 128 * KIB,
  putLengthMax: MIB,
  appendable: {
    overwrite: 'deny',
    copy: 'deny',
    lengthMax: 5 * GIB,
    replay: 'off',
    appendIdCountMax: 1000,
    appendIdAgeMsMax: 24 * 3_600_000,
  },
  compaction: { lengthMin: 4 * MIB, extentCountMin: 2048 },
  multipart: { partLengthMin: 100 * KIB },
  archive: { restoreDelayMs: 0 },
  garbageGraceMs: 0,
  brake: { delayMsMax: 1000, noteCountHalf: 500_000 },
  orphanGraceMs: 3_600_000,
  etags: ossEtagFormat,
};

/**
 * @returns The defaults with `change` laid over them.
 * @throws RangeError for a number out of range, naming it.
 */
export function buildObjectStoreSettings(change: ObjectStoreSettingsChange = {}): ObjectStoreSettings {
  const settings: ObjectStoreSettings = {
    ...defaultObjectStoreSettings,
    ...(change.inlineLengthMax !== undefined && { loneInlineLengthMax: change.inlineLengthMax }),
    ...change,
    appendable: { ...defaultObjectStoreSettings.appendable, ...change.appendable },
    compaction: { ...defaultObjectStoreSettings.compaction, ...change.compaction },
    multipart: { ...defaultObjectStoreSettings.multipart, ...change.multipart },
    archive: { ...defaultObjectStoreSettings.archive, ...change.archive },
    brake: { ...defaultObjectStoreSettings.brake, ...change.brake },
  };
  requireInteger('rowBodyLengthMax', settings.rowBodyLengthMax, 0);
  requireInteger('inlineLengthMax', settings.inlineLengthMax, 0);
  requireInteger('loneInlineLengthMax', settings.loneInlineLengthMax, 0);
  requireInteger('unplacedInlineLengthMax', settings.unplacedInlineLengthMax, 0);
  requireInteger('putLengthMax', settings.putLengthMax, 0, PUT_LENGTH_MAX);
  requireInteger('appendable.lengthMax', settings.appendable.lengthMax, 0);
  requireInteger('appendable.appendIdCountMax', settings.appendable.appendIdCountMax, 1);
  requireInteger('appendable.appendIdAgeMsMax', settings.appendable.appendIdAgeMsMax, 1);
  requireInteger('compaction.lengthMin', settings.compaction.lengthMin, 1);
  requireInteger('compaction.extentCountMin', settings.compaction.extentCountMin, 2);
  requireInteger('multipart.partLengthMin', settings.multipart.partLengthMin, 0);
  requireInteger('archive.restoreDelayMs', settings.archive.restoreDelayMs, 0);
  requireInteger('garbageGraceMs', settings.garbageGraceMs, 0);
  requireInteger('brake.delayMsMax', settings.brake.delayMsMax, 0);
  requireInteger('brake.noteCountHalf', settings.brake.noteCountHalf, 1);
  requireInteger('orphanGraceMs', settings.orphanGraceMs, 0);
  return settings;
}

function requireInteger(name: string, value: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`Cannot use ${value} as "${name}": expected an integer of at least ${minimum}`);
  }
  if (value > maximum) throw new RangeError(`Cannot use ${value} as "${name}": expected at most ${maximum}`);
}
