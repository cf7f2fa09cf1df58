/** Copies an object of any length within the server: in one call, or in parts when it is too long for that. */
import type { CopySource } from '@annals/protocol';
import { pickCallOptions } from '../client-options.js';
import type { Connection } from '../connection/connection.js';
import { initiateMultipartUpload } from '../operations/multipart/initiate-multipart-upload.js';
import { uploadPartCopy } from '../operations/multipart/upload-part-copy.js';
import { copyObject } from '../operations/object/copy-object.js';
import { type HeadObjectResult, headObject } from '../operations/object/head-object.js';
import {
  contentHeaders,
  type ObjectAttributes,
  pickAttributes,
  pickContentAttributes,
} from '../operations/object/object-attributes.js';
import { getObjectTags } from '../operations/object/object-tags.js';
import { nameTarget, type ObjectTarget, type VersionResult } from '../operations/object/object-target.js';
import { completeUpload } from './complete-upload.js';
import { giveUp, notApplied } from './give-up.js';
import { inParallel } from './in-parallel.js';
import { checkPartOptions, type PartOptions, partBytesFor, planParts } from './part-plan.js';

/** What to copy, and how. Without attributes the copy keeps those of the source, ACL excepted. */
export interface CopyInput extends ObjectTarget, ObjectAttributes, PartOptions {
  /** An object, or one version of it. */
  readonly source: CopySource;
  /** Refuse to replace an object that exists. Default false. */
  readonly forbidOverwrite?: boolean;
  /** Sources beyond this are copied in parts. Default 1 GiB, the most that the public service copies in one call. */
  readonly multipartThresholdBytes?: number;
  /** Called after each part. */
  readonly onProgress?: (progress: { readonly copiedBytes: number; readonly totalBytes: number }) => void;
}

/** The copy. */
export interface CopyToResult extends VersionResult {
  readonly etag: string;
  /** Bytes. */
  readonly length: number;
  /** Of the copy's bytes; `undefined` when the server does not tell. */
  readonly crc64: bigint | undefined;
}

const MEBIBYTE = 1024 * 1024;
const THRESHOLD_BYTES_DEFAULT = 1024 * MEBIBYTE;
const PART_BYTES_DEFAULT = 256 * MEBIBYTE;

/**
 * Copies an object whole or not at all; no bytes pass here. A source that changes meanwhile is `PreconditionFailed`.
 * @throws {OssServiceError} As `copyObject`. @throws {AnnalsError} `ChecksumMismatch`, `InvalidInput`. The outcome is
 * about the copy.
 */
export async function copy(connection: Connection, input: CopyInput): Promise<CopyToResult> {
  const { source, multipartThresholdBytes = THRESHOLD_BYTES_DEFAULT, onProgress = () => undefined } = input;
  const options = checkPartOptions(input, PART_BYTES_DEFAULT, `copy ${nameTarget(source)}`);
  const head = await headObject(connection, { ...pickCallOptions(input), ...source });
  const { length, etag } = head;
  const sourceConditions = etag === undefined ? {} : { ifMatch: etag };
  if (length > multipartThresholdBytes) {
    return copyInParts(connection, { ...input, ...options, onProgress }, head, sourceConditions);
  }
  const { forbidOverwrite = false, bucket, key } = input;
  const target = { ...pickCallOptions(input), bucket, key, forbidOverwrite, ...pickAttributes(input) };
  const copied = await copyObject(connection, { ...target, source, sourceConditions });
  onProgress({ copiedBytes: length, totalBytes: length });
  const { versionId } = copied;
  return { etag: copied.etag, crc64: copied.crc64, length, ...(versionId !== undefined && { versionId }) };
}

async function copyInParts(
  connection: Connection,
  input: CopyInput & Required<PartOptions & Pick<CopyInput, 'onProgress'>>,
  head: HeadObjectResult,
  sourceConditions: { readonly ifMatch?: string },
): Promise<CopyToResult> {
  const { source, bucket, key, forbidOverwrite = false, onProgress } = input;
  const { length } = head;
  const target = { ...pickCallOptions(input), bucket, key };
  const attributes = await attributesOf(connection, input, head);
  const begun = await initiateMultipartUpload(connection, { ...target, ...attributes, forbidOverwrite }).catch(
    notApplied,
  );
  const { uploadId } = begun;
  const etags = new Map<number, string>();
  const planned = planParts(length, partBytesFor(length, input.partBytes));
  let copiedBytes = 0;
  try {
    await inParallel(planned, input.parallelCount, input.signal, async ({ partNumber, start, end }, signal) => {
      const part = { ...target, signal, uploadId, partNumber, source, sourceRange: { start, end }, sourceConditions };
      etags.set(partNumber, (await uploadPartCopy(connection, part)).etag);
      copiedBytes += end - start;
      onProgress({ copiedBytes, totalBytes: length });
    }).catch(notApplied);
    const parts = planned.map(({ partNumber }) => ({ partNumber, etag: etags.get(partNumber) ?? '' }));
    const whole = { parts, length, crc64: head.crc64 };
    const completed = await completeUpload(connection, { ...target, uploadId, forbidOverwrite, ...whole });
    return { ...completed, length };
  } catch (error) {
    await giveUp(connection, { bucket, key, uploadId }, error);
    throw error;
  }
}

/** What CopyObject would take along of its own. */
async function attributesOf(
  connection: Connection,
  input: CopyInput,
  head: HeadObjectResult,
): Promise<ObjectAttributes> {
  const given = pickAttributes(input);
  const isReplaced = Object.keys(contentHeaders(given)).length > 0;
  const needsTags = given.tags === undefined && (head.tagCount ?? 0) > 0;
  const tags = needsTags ? await getObjectTags(connection, { ...pickCallOptions(input), ...input.source }) : undefined;
  return { ...(!isReplaced && pickContentAttributes(head)), ...(tags !== undefined && { tags }), ...given };
}
