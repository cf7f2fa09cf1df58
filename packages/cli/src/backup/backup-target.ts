/**
 * The narrow contract under backups: named files of some MiB that are written whole, read whole, listed and deleted.
 * Leaves out what is in them (`backup-format.ts`).
 */

/** A file as a listing shows it. */
export interface TargetFile {
  readonly name: string;
  /** Bytes. */
  readonly length: number;
}

/** Names are of `a-z`, `0-9`, `A-Z`, `.`, `-` and `/`. Every method throws {@link BackupTargetFailed}. */
export interface BackupTarget {
  /** For people: where it is, without secrets. */
  readonly place: string;
  /**
   * Writes a file whole, replacing one of the same name. Durable when it resolves; broken off it leaves the old file or
   * none.
   */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** @returns The bytes, or `undefined` when there is no such file. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** All files whose names begin with `prefix`, which ends with a slash; in no order. */
  list(prefix: string): AsyncIterable<TargetFile>;
  /** Removes a file; one that is not there is no error. */
  delete(name: string): Promise<void>;
  /**
   * Removes files that killed writers left, where a kill leaves any. The caller must be the only one at work in the
   * target.
   */
  deleteUnfinished(): Promise<void>;
}

/** A target could not be used. */
export class BackupTargetFailed extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BackupTargetFailed';
  }
}
