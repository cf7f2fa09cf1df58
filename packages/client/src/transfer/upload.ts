/**
 * Uploads a content of any length: in one piece when it is short, otherwise in parts side by side, checked from end to
 * end by CRC-64, and resumed by the next process where a resume store is given.
 */
import { type ByteStream, chunksOf, isByteStream } from '../byte-stream.js';
import { pickCallOptions } from '../client-options.js';
import type { Connection } from '../connection/connection.js';
import { AnnalsError } from '../error.js';
import { type ObjectAttributes, pickAttributes } from '../operations/object/object-attributes.js';
import { nameTarget, type ObjectTarget } from '../operations/object/object-target.js';
import { putObject } from '../operations/object/put-object.js';
import { checkPartOptions, type PartOptions } from './part-plan.js';
import type { ResumeStore } from './resume-store.js';
import type { UploadPlan, UploadProgress, UploadResult } from './upload-plan.js';
import { blobSource, bytesSource, readSource, refuseChanged, type UploadSource } from './upload-source.js';
import { uploadSourceInParts } from './upload-source-in-parts.js';
import { uploadStream } from './upload-stream.js';

/** What to upload, and how. */
export interface UploadInput extends ObjectTarget, ObjectAttributes, PartOptions {
  /**
   * Text is sent as UTF-8. A stream is sent as it comes, and is neither repeated nor resumed: a file is better given as
   * `fileSource` of `@annals/client/node`, which can be read again.
   */
  readonly source: string | Uint8Array | Blob | UploadSource | ByteStream;
  /** Refuse to replace an object that exists. Default false. */
  readonly forbidOverwrite?: boolean;
  /** Notes how far the upload is. Not for streams. */
  readonly resume?: ResumeStore;
  /** Called after each part. */
  readonly onProgress?: (progress: UploadProgress) => void;
}

/** Bytes of a part when the caller does not say. */
const PART_BYTES_DEFAULT = 8 * 1024 * 1024;

/**
 * Stores a content whole or not at all. Up to one part (8 MiB by default) it is a PutObject, beyond that a multipart
 * upload. Without a resume store a failed upload is given up at the server; with one it stays, and the next call with
 * the same store goes on: parts that are there are compared by CRC-64 and not sent again, and a changed content begins
 * again.
 * @throws {OssServiceError} As `putObject`. @throws {AnnalsError} `ChecksumMismatch`; `SourceFailed` when the source
 * cannot be read or has changed; `InvalidInput`; `Aborted`. The outcome is about the object.
 */
export async function upload(connection: Connection, input: UploadInput): Promise<UploadResult> {
  const action = `upload ${nameTarget(input)}`;
  const { partBytes, parallelCount } = checkPartOptions(input, PART_BYTES_DEFAULT, action);
  const { bucket, key, forbidOverwrite = false, resume, onProgress = () => undefined } = input;
  const plan: UploadPlan = {
    ...pickCallOptions(input),
    ...{ bucket, key, action, forbidOverwrite, partBytes, parallelCount, onProgress },
    attributes: pickAttributes(input),
  };
  const source = sourceOf(input.source);
  if (source === undefined) {
    if (resume === undefined && isByteStream(input.source))
      return uploadStream(connection, plan, chunksOf(input.source));
    const reason =
      resume === undefined ? 'the source is none' : 'a stream cannot be read again, so it cannot be resumed';
    throw new AnnalsError('InvalidInput', `Cannot ${action}: ${reason}`, { outcome: 'not-applied' });
  }
  if (source.length > partBytes) return uploadSourceInParts(connection, plan, source, resume);
  const body = await readSource(source, 0, source.length, action);
  await refuseChanged(source, action);
  const stored = await putObject(connection, {
    ...pickCallOptions(plan),
    bucket,
    key,
    forbidOverwrite,
    ...plan.attributes,
    body,
  });
  onProgress({ storedBytes: source.length, totalBytes: source.length });
  return { ...stored, length: source.length, resumedBytes: 0 };
}

function sourceOf(source: UploadInput['source']): UploadSource | undefined {
  if (typeof source === 'string') return bytesSource(new TextEncoder().encode(source));
  if (source instanceof Uint8Array) return bytesSource(source);
  if (source instanceof Blob) return blobSource(source);
  return 'fingerprint' in source ? source : undefined;
}
