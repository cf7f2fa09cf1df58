/** What a server may do to multipart uploads for a client. Each method is one file of the same name. */
import type { StoreContext } from '../context/store-context.js';
import type {
  CompleteUploadInput,
  CopyPartInput,
  CopyPartResult,
  InitiateUploadInput,
  ListPartsInput,
  ListPartsResult,
  ListUploadsInput,
  ListUploadsResult,
  PartRecord,
  UploadPartInput,
  UploadRecord,
  UploadTarget,
} from '../multipart-types.js';
import type { BodySource, ObjectHead } from '../types.js';
import { abortUpload } from './abort-upload.js';
import { completeUpload } from './complete-upload.js';
import { copyPart } from './copy-part.js';
import { getUpload } from './get-upload.js';
import { initiateUpload } from './initiate-upload.js';
import { listParts } from './list-parts.js';
import { listUploads } from './list-uploads.js';
import { uploadPart } from './upload-part.js';

/**
 * What a server may do to multipart uploads for a client. Every method throws `StoreFailure`: those named with it, and
 * `contended`; and `EngineFailure`.
 */
export interface MultipartOperations {
  /**
   * Starts a multipart upload; one commit. Nothing of it is seen as an object before it is completed.
   * @throws {StoreFailure} `no-such-bucket`, `already-exists`, `immutable`: as far as can be told now.
   */
  initiateUpload(input: InitiateUploadInput): Promise<UploadRecord>;
  /**
   * Stores a part, in any order and beside others; a later part takes the place of an earlier one with the same number.
   * All or nothing.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`, `too-large`, `digest-mismatch`; and whatever the body's
   * stream throws.
   */
  uploadPart(input: UploadPartInput, body: BodySource): Promise<PartRecord>;
  /**
   * Makes a part of bytes of an object. They are read once for their checksums, unless they are a whole object whose
   * MD5 is known; they are not written again, except from a source that is itself copied from copies of copies.
   * @throws {StoreFailure} `no-such-upload`, `too-large`; of the source as `copyObject`; and what `input.select`
   * throws.
   */
  copyPart(input: CopyPartInput): Promise<CopyPartResult>;
  /**
   * Makes the object of its parts, at once for everybody else; no bytes are moved, and the upload is gone with it. Of
   * more than 200 parts one row for each is written before, in commits of bounded size; completing one upload again
   * waits until that has ended.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`, `invalid-part`, `invalid-part-order`, `part-too-small`,
   *   `already-exists`, `immutable`: the upload is as it was then.
   */
  completeUpload(input: CompleteUploadInput): Promise<ObjectHead>;
  /**
   * Gives an upload up in one small commit, however many parts it has; their bytes go later.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`.
   */
  abortUpload(target: UploadTarget): Promise<void>;
  /**
   * An unfinished upload as it is now. No other method needs this call before it: each says itself that there is none.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`.
   */
  getUpload(target: UploadTarget): Promise<UploadRecord>;
  /**
   * One page of the parts of an upload.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`.
   */
  listParts(input: ListPartsInput): Promise<ListPartsResult>;
  /**
   * One page of unfinished uploads, grouped by a delimiter.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  listUploads(input: ListUploadsInput): Promise<ListUploadsResult>;
}

/** @returns The operations over one open store. */
export function multipartOperations(context: StoreContext): MultipartOperations {
  return {
    initiateUpload: (input) => initiateUpload(context, input),
    uploadPart: (input, body) => uploadPart(context, input, body),
    copyPart: (input) => copyPart(context, input),
    completeUpload: (input) => completeUpload(context, input),
    abortUpload: (target) => abortUpload(context, target),
    getUpload: (target) => getUpload(context, target),
    listParts: (input) => listParts(context, input),
    listUploads: (input) => listUploads(context, input),
  };
}
