/** An upload as its parts see it: options that are complete, what is told on the way, and what comes of it. */
import type { ObjectAttributes } from '../operations/object/object-attributes.js';
import type { ObjectTarget, VersionResult } from '../operations/object/object-target.js';
import type { PartOptions } from './part-plan.js';

/** How far an upload is. */
export interface UploadProgress {
  /** Bytes that the server has; those of an earlier process included. */
  readonly storedBytes: number;
  /** Bytes of the whole; `undefined` for a stream. */
  readonly totalBytes: number | undefined;
}

/** The object. */
export interface UploadResult extends VersionResult {
  readonly etag: string;
  /** Bytes. */
  readonly length: number;
  /** Of the whole object; `undefined` when the server does not tell. */
  readonly crc64: bigint | undefined;
  /** Bytes that an earlier process had sent, and that were checked and not sent again. */
  readonly resumedBytes: number;
}

/** An upload whose options are complete. */
export interface UploadPlan extends ObjectTarget, Required<PartOptions> {
  /** What is tried, to complete "Cannot ...". */
  readonly action: string;
  readonly forbidOverwrite: boolean;
  readonly attributes: ObjectAttributes;
  readonly onProgress: (progress: UploadProgress) => void;
}
