/**
 * Operations on multipart uploads.
 */
import type { OperationRow } from './operation-row.js';

/** Operations on multipart uploads, by name. */
export const UPLOAD_OPERATIONS = {
  ListMultipartUploads: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['uploads'],
    hasPrefix: true,
    action: 'oss:ListMultipartUploads',
  },
  InitiateMultipartUpload: { methods: ['POST'], scope: 'object', query: ['uploads'], action: 'oss:PutObject' },
  UploadPart: { methods: ['PUT'], scope: 'object', query: ['partNumber', 'uploadId'], action: 'oss:PutObject' },
  UploadPartCopy: {
    methods: ['PUT'],
    scope: 'object',
    query: ['partNumber', 'uploadId'],
    header: 'x-oss-copy-source',
    action: 'oss:PutObject',
  },
  CompleteMultipartUpload: { methods: ['POST'], scope: 'object', query: ['uploadId'], action: 'oss:PutObject' },
  AbortMultipartUpload: {
    methods: ['DELETE'],
    scope: 'object',
    query: ['uploadId'],
    action: 'oss:AbortMultipartUpload',
  },
  ListParts: { methods: ['GET'], scope: 'object', query: ['uploadId'], action: 'oss:ListParts' },
} as const satisfies Record<string, OperationRow>;
