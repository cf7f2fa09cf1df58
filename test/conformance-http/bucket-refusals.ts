/** Refusals that many operations on buckets have, whole. */
import type { ExactError } from './error-document.js';

export const noSuchBucket = (bucket: string): ExactError => ({
  status: 404,
  code: 'NoSuchBucket',
  message: 'The specified bucket does not exist.',
  ec: '0015-00000101',
  details: [['BucketName', bucket]],
});

export const anonymous = (message: string, bucket: string): ExactError => ({
  status: 403,
  code: 'AccessDenied',
  message,
  ec: '0003-00000001',
  details: [['BucketName', bucket]],
});
