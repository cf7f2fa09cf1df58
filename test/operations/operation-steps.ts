/** Requests of every operation, in the order in which a program could send them. */
import type { OperationName } from '@annals/protocol';
import { makeForm, policyOf, signFormV1 } from '../conformance-http/post-form.js';
import { ROOT } from '../harness/test-server.js';
import { configurationSteps, serviceSteps } from './bucket-steps.js';
import {
  bucket,
  configuration,
  OBJECT_ACL,
  ofBucket,
  ofObject,
  type Query,
  RESTORE,
  type Step,
  TAGGING,
  textIn,
  uploadStep,
  wormStep,
} from './operation-step.js';

const objectSteps: readonly Step[] = [
  ofObject('PutObject', 'PUT', 'a', {}, 'hello'),
  ofObject('GetObject', 'GET', 'a'),
  ofObject('HeadObject', 'HEAD', 'a'),
  ofObject('GetObjectMeta', 'HEAD', 'a', { objectMeta: '' }),
  ofObject('CopyObject', 'PUT', 'b', {}, undefined, { 'x-oss-copy-source': `/${bucket}/a` }),
  ofObject('AppendObject', 'POST', 'log', { append: '', position: '0' }, 'line\n'),
  ofObject('SealAppendObject', 'POST', 'log', { seal: '', position: '5' }),
  ofObject('FollowObject', 'GET', 'log', { follow: '' }),
  ofObject('ConvertObject', 'POST', 'a', { convert: '', type: 'appendable' }),
  ofObject('ConvertObject', 'POST', 'a', { convert: '', type: 'normal' }),
  ofObject('PutObjectAcl', 'PUT', 'a', { acl: '' }, undefined, OBJECT_ACL),
  ofObject('GetObjectAcl', 'GET', 'a', { acl: '' }),
  ofObject('PutObjectTagging', 'PUT', 'a', { tagging: '' }, TAGGING),
  ofObject('GetObjectTagging', 'GET', 'a', { tagging: '' }),
  ofObject('DeleteObjectTagging', 'DELETE', 'a', { tagging: '' }),
  ofObject('PutSymlink', 'PUT', 'link', { symlink: '' }, undefined, { 'x-oss-symlink-target': 'a' }),
  ofObject('GetSymlink', 'GET', 'link', { symlink: '' }),
  ofObject('PutObject', 'PUT', 'cold', {}, 'x', { 'x-oss-storage-class': 'ColdArchive' }),
  ofObject('RestoreObject', 'POST', 'cold', { restore: '' }, RESTORE),
  ofObject('CleanRestoredObject', 'POST', 'cold', { cleanRestoredObject: '' }),
  {
    name: 'PostObject',
    request() {
      const policy = policyOf([{ bucket }, { key: 'form' }], Date.now() + 60_000);
      const form = makeForm([['key', 'form'], ...signFormV1(policy, ROOT)], { content: 'x' });
      const headers = { 'content-type': form.contentType };
      return { method: 'POST', bucket, headers, body: form.body, signature: 'anonymous' };
    },
  },
  {
    ...ofObject('InitiateMultipartUpload', 'POST', 'parts', { uploads: '' }),
    remember: (memory, answer) => memory.set('upload', textIn(answer, 'UploadId')),
  },
  uploadStep('UploadPart', 'PUT', { partNumber: '1' }, { body: 'x' }),
  uploadStep('UploadPartCopy', 'PUT', { partNumber: '1' }, { headers: { 'x-oss-copy-source': `/${bucket}/a` } }),
  uploadStep('ListParts', 'GET', {}),
  ofBucket('ListMultipartUploads', 'GET', { uploads: '' }),
  uploadStep('CompleteMultipartUpload', 'POST', {}, { headers: { 'x-oss-complete-all': 'yes' } }),
  {
    ...ofObject('InitiateMultipartUpload', 'POST', 'parts', { uploads: '' }),
    remember: (memory, answer) => memory.set('upload', textIn(answer, 'UploadId')),
  },
  uploadStep('AbortMultipartUpload', 'DELETE', {}),
  ofBucket('ListObjects', 'GET'),
  ofBucket('ListObjectsV2', 'GET', { 'list-type': '2' }),
  ofBucket('ListObjectVersions', 'GET', { versions: '' }),
  ofObject(
    'PutLiveChannel',
    'PUT',
    'gate',
    { live: '' },
    '<LiveChannelConfiguration><Target><Type>HLS</Type></Target></LiveChannelConfiguration>',
  ),
  ofObject('PutLiveChannelStatus', 'PUT', 'gate', { live: '', status: 'disabled' }),
  ofObject('GetLiveChannelInfo', 'GET', 'gate', { live: '' }),
  ofObject('GetLiveChannelStat', 'GET', 'gate', { live: '', comp: 'stat' }),
  ofObject('GetLiveChannelHistory', 'GET', 'gate', { live: '', comp: 'history' }),
  ofBucket('ListLiveChannel', 'GET', { live: '' }),
  ofObject('DeleteLiveChannel', 'DELETE', 'gate', { live: '' }),
  ofObject('DeleteObject', 'DELETE', 'a'),
  ofObject('DeleteSymlink', 'DELETE', 'a', { symlink: '' }),
  ofBucket(
    'DeleteMultipleObjects',
    'POST',
    { delete: '' },
    `<Delete>${['b', 'log', 'link', 'cold', 'form', 'parts'].map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`,
  ),
];

/** Last of all: versions and retention cannot be taken back. */
const finalSteps: readonly Step[] = [
  {
    ...ofBucket(
      'InitiateBucketWorm',
      'POST',
      { worm: '' },
      '<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>',
    ),
  },
  ofBucket('GetBucketWorm', 'GET', { worm: '' }),
  ofBucket('AbortBucketWorm', 'DELETE', { worm: '' }),
  {
    ...ofBucket(
      'InitiateBucketWorm',
      'POST',
      { worm: '' },
      '<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>',
    ),
    remember: (memory, answer) => memory.set('worm', answer.headers['x-oss-worm-id'] ?? ''),
  },
  wormStep('CompleteBucketWorm', {}),
  wormStep(
    'ExtendBucketWorm',
    { wormExtend: '' },
    '<ExtendWormConfiguration><RetentionPeriodInDays>2</RetentionPeriodInDays></ExtendWormConfiguration>',
  ),
  ...configuration(
    ['PutBucketVersioning', 'GetBucketVersioning'],
    { versioning: '' },
    '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>',
  ),
  ofBucket('DeleteBucket', 'DELETE'),
];

const VERSIONING = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';

/** In a bucket of its own: it can never be without versions again. */
const objectWormSteps: readonly Step[] = [
  inHeldBucket('PutBucket', 'PUT'),
  inHeldBucket('PutBucketVersioning', 'PUT', undefined, { versioning: '' }, VERSIONING),
  inHeldBucket(
    'PutBucketObjectWormConfiguration',
    'PUT',
    undefined,
    { objectWorm: '' },
    '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled></ObjectWormConfiguration>',
  ),
  inHeldBucket('GetBucketObjectWormConfiguration', 'GET', undefined, { objectWorm: '' }),
  inHeldBucket('PutObject', 'PUT', 'a', {}, 'x'),
  inHeldBucket(
    'PutObjectRetention',
    'PUT',
    'a',
    { retention: '' },
    '<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2099-01-01T00:00:00.000Z</RetainUntilDate></Retention>',
  ),
  inHeldBucket('GetObjectRetention', 'GET', 'a', { retention: '' }),
  inHeldBucket('PutObjectLegalHold', 'PUT', 'a', { legalHold: '' }, '<LegalHold><Status>ON</Status></LegalHold>'),
  inHeldBucket('GetObjectLegalHold', 'GET', 'a', { legalHold: '' }),
];

function inHeldBucket(name: OperationName, method: string, key?: string, query: Query = {}, body?: string): Step {
  return {
    name,
    request: () => ({
      method,
      bucket: 'held-for-good',
      query,
      ...(key !== undefined && { key }),
      ...(body !== undefined && { body }),
    }),
  };
}

export const STEPS: readonly Step[] = [
  ...serviceSteps,
  ofBucket('PutBucket', 'PUT'),
  ...configurationSteps,
  ...objectSteps,
  ...finalSteps,
  ...objectWormSteps,
];
