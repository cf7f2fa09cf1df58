/** What a backup reads: everything of one moment of a store, in a folder or behind a running server. */
import type { BackupRow } from './backup-format.js';

/** A blob that a store needs. */
export interface SourceBlob {
  readonly blobId: string;
  readonly length: number;
}

/** Rows and blobs are read in this order: all rows, the list of blobs, {@link releaseRows}, blobs. */
export interface BackupSource {
  /** The moment, in milliseconds since 1970. */
  readonly momentAtMs: number;
  /** All rows in the order of their keys. */
  rows(): AsyncIterable<BackupRow>;
  /** In the order of their ids. */
  blobs(): AsyncIterable<SourceBlob>;
  releaseRows(): Promise<void>;
  /**
   * @returns Bytes `start <= offset < end`, at most 8 MiB.
   * @throws {SourceBlobDamaged}
   */
  readBlob(blobId: string, start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The store itself cannot read these bytes. */
export class SourceBlobDamaged extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SourceBlobDamaged';
  }
}
