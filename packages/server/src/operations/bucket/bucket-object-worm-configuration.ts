/**
 * Put- and GetBucketObjectWormConfiguration: `?objectWorm` opens a bucket to retentions of single versions, for good.
 * The store enforces them (`object-retention.ts` there).
 */
import {
  type ObjectWormConfiguration,
  OssError,
  parseObjectWormConfiguration,
  renderObjectWormConfiguration,
} from '@annals/protocol';
import { type BucketRecord, OBJECT_WORM_CONFIGURATION, retentionOf } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { getConfiguration } from '../configuring/stored-configuration.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { notSupported } from '../reading/object-worm-conflict.js';

interface PutObjectWormInput {
  readonly bucket: string;
  readonly objectWorm: ObjectWormConfiguration;
}

/** Turns retention of single objects on for a bucket, for good: `PutBucketObjectWormConfiguration`. */
export const putBucketObjectWorm = defineOperation<
  'PutBucketObjectWormConfiguration',
  PutObjectWormInput,
  BucketRecord
>({
  name: 'PutBucketObjectWormConfiguration',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'Without versioning 400 `OperationNotSupported`; beside a bucket WORM 409 `WORMConfigurationAlreadyExists`, ' +
    'and the other way round. Appending is 400 `OperationNotSupported` from then on. A period out of range is ' +
    '400 `MalformedXML`.',
  permissions: ownAction('owner'),
  async parse(request) {
    const objectWorm = parseObjectWormConfiguration(await readConfigurationDocument(request));
    return { bucket: requireBucket(request), objectWorm };
  },
  handle: ({ bucket, objectWorm }, { store, clock }) =>
    store.updateBucket(bucket, (record) => {
      // Without versions an overwrite would have to be refused, which uploads cannot be.
      if (record.versioning !== 'enabled') throw notSupported('Object WORM takes a bucket with versioning enabled.');
      if (retentionOf(record, clock()) !== undefined) throw new OssError('WORMConfigurationAlreadyExists');
      return { configurations: { [OBJECT_WORM_CONFIGURATION]: objectWorm } };
    }),
  render: () => ({ status: 200, headers: {} }),
});

/** Shows retention of single objects and its default: `GetBucketObjectWormConfiguration`. */
export const getBucketObjectWorm = getConfiguration(
  {
    name: 'GetBucketObjectWormConfiguration',
    effect: 'works',
    remark: 'Without one 404 `NoSuchObjectWormConfiguration`.',
  },
  'objectWorm',
  renderObjectWormConfiguration,
  'NoSuchObjectWormConfiguration',
);
