/** Put- and GetBucketVersioning: `?versioning`. What versions mean is the store's. */
import { OssError, parseVersioningConfiguration, renderVersioningConfiguration } from '@annals/protocol';
import { type BucketRecord, objectWormOf } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { notSupported } from '../reading/object-worm-conflict.js';

interface PutBucketVersioningInput {
  readonly bucket: string;
  readonly versioning: 'enabled' | 'suspended';
}

/** Turns versioning on or suspends it: `PutBucketVersioning`. */
export const putBucketVersioning = defineOperation<'PutBucketVersioning', PutBucketVersioningInput, BucketRecord>({
  name: 'PutBucketVersioning',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  async parse(request) {
    const status = parseVersioningConfiguration(await readConfigurationDocument(request));
    if (status === undefined) {
      throw new OssError('MalformedXML', { details: { ErrorDetail: 'VersioningConfiguration must have a Status.' } });
    }
    return { bucket: requireBucket(request), versioning: status === 'Enabled' ? 'enabled' : 'suspended' };
  },
  handle: ({ bucket, versioning }, { store }) =>
    store.updateBucket(bucket, (record) => {
      if (versioning === 'suspended' && objectWormOf(record) !== undefined) {
        throw notSupported('Versioning of a bucket with object WORM cannot be suspended.');
      }
      return { versioning };
    }),
  render: () => ({ status: 200, headers: {} }),
});

const STATUSES = { unversioned: undefined, enabled: 'Enabled', suspended: 'Suspended' } as const;

/** Shows the state of versioning: `GetBucketVersioning`. */
export const getBucketVersioning = defineOperation<'GetBucketVersioning', string, BucketRecord>({
  name: 'GetBucketVersioning',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: ({ versioning }) => xmlResponse(renderVersioningConfiguration(STATUSES[versioning])),
});
