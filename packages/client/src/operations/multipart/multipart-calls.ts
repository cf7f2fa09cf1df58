/** The calls on uploads in parts of one connection. Each is described where it is written. */
import type { Connection } from '../../connection/connection.js';
import { abortMultipartUpload } from './abort-multipart-upload.js';
import {
  type CompleteMultipartUploadInput,
  type CompleteMultipartUploadResult,
  completeMultipartUpload,
} from './complete-multipart-upload.js';
import {
  type InitiateMultipartUploadInput,
  type InitiateMultipartUploadResult,
  initiateMultipartUpload,
} from './initiate-multipart-upload.js';
import {
  type ListMultipartUploadsInput,
  type ListMultipartUploadsPage,
  listMultipartUploads,
} from './list-multipart-uploads.js';
import { type ListPartsInput, type ListPartsPage, listParts } from './list-parts.js';
import { type UploadedPart, type UploadPartInput, uploadPart } from './upload-part.js';
import { type CopiedPart, type UploadPartCopyInput, uploadPartCopy } from './upload-part-copy.js';
import type { UploadTarget } from './upload-target.js';

/** Calls on uploads in parts; `upload` makes them all. */
export interface MultipartCalls {
  /** @see initiateMultipartUpload */
  initiateMultipartUpload(input: InitiateMultipartUploadInput): Promise<InitiateMultipartUploadResult>;
  /** @see uploadPart */
  uploadPart(input: UploadPartInput): Promise<UploadedPart>;
  /** @see uploadPartCopy */
  uploadPartCopy(input: UploadPartCopyInput): Promise<CopiedPart>;
  /** @see completeMultipartUpload */
  completeMultipartUpload(input: CompleteMultipartUploadInput): Promise<CompleteMultipartUploadResult>;
  /** @see abortMultipartUpload */
  abortMultipartUpload(input: UploadTarget): Promise<void>;
  /** @see listParts */
  listParts(input: ListPartsInput): AsyncIterable<ListPartsPage>;
  /** @see listMultipartUploads */
  listMultipartUploads(input: ListMultipartUploadsInput): AsyncIterable<ListMultipartUploadsPage>;
}

/** Binds the calls to a connection. */
export function multipartCalls(connection: Connection): MultipartCalls {
  return {
    initiateMultipartUpload: (input) => initiateMultipartUpload(connection, input),
    uploadPart: (input) => uploadPart(connection, input),
    uploadPartCopy: (input) => uploadPartCopy(connection, input),
    completeMultipartUpload: (input) => completeMultipartUpload(connection, input),
    abortMultipartUpload: (input) => abortMultipartUpload(connection, input),
    listParts: (input) => listParts(connection, input),
    listMultipartUploads: (input) => listMultipartUploads(connection, input),
  };
}
