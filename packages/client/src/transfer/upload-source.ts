/** What can be uploaded in parts: bytes that can be read at any place, as often as needed. */
import { crc64 } from '@annals/checksum';
import { AnnalsError } from '../error.js';

/** A content that can be read in any order. */
export interface UploadSource {
  /** Bytes. */
  readonly length: number;
  /** Another text for another content, as far as can be told without reading it; kept in the resume record. */
  readonly fingerprint: string;
  /** Reads the bytes from `start` up to `end`, which are in bounds; exactly as many. @throws When they are gone. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Whether the content is still that of the fingerprint. Asked after the last read. Default: it is. */
  isUnchanged?(): Promise<boolean>;
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): UploadSource {
  return {
    length: bytes.length,
    fingerprint: `bytes ${bytes.length} ${crc64(bytes)}`,
    read: async (start, end) => bytes.subarray(start, end),
  };
}

/** A blob, or a file that a page was given, as a source. */
export function blobSource(blob: Blob): UploadSource {
  const file = blob instanceof File ? ` ${blob.lastModified} ${blob.name}` : '';
  return {
    length: blob.size,
    fingerprint: `blob ${blob.size} ${blob.type}${file}`,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

/**
 * Reads bytes of a source.
 * @param action What is tried, to complete "Cannot ...".
 * @throws {AnnalsError} `SourceFailed`.
 */
export async function readSource(
  source: UploadSource,
  start: number,
  end: number,
  action: string,
): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await source.read(start, end);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw sourceFailed(`Cannot ${action}: ${reason}`, cause);
  }
  if (bytes.length === end - start) return bytes;
  throw sourceFailed(`Cannot ${action}: the source gave ${bytes.length} bytes at ${start}, expected ${end - start}`);
}

/** Refuses a source that is not what it was when the upload began. @throws {AnnalsError} `SourceFailed`. */
export async function refuseChanged(source: UploadSource, action: string): Promise<void> {
  if (source.isUnchanged === undefined || (await source.isUnchanged())) return;
  throw sourceFailed(`Cannot ${action}: the source changed while it was read`);
}

function sourceFailed(message: string, cause?: unknown): AnnalsError {
  return new AnnalsError('SourceFailed', message, { outcome: 'not-applied', cause });
}
