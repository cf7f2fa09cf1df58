/**
 * Put-, Get- and DeleteAccessPointPublicAccessBlock: `?publicAccessBlock&x-oss-access-point-name`. Kept without effect:
 * no request comes through an access point.
 */
import { parsePublicAccessBlock, renderPublicAccessBlock } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { xmlResponse } from '../answering/xml-response.js';
import {
  type AccessPointTarget,
  readAccessPointTarget,
  requireAccessPoint,
  updateAccessPoint,
} from '../reading/bucket-access-points.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';

interface PutBlockInput extends AccessPointTarget {
  readonly isPublicAccessBlocked: boolean;
}

/** Says whether an access point blocks public access: `PutAccessPointPublicAccessBlock`. */
export const putAccessPointPublicAccessBlock = defineOperation<
  'PutAccessPointPublicAccessBlock',
  PutBlockInput,
  BucketRecord
>({
  name: 'PutAccessPointPublicAccessBlock',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'It is the access point’s own: the bucket’s is not touched.',
  permissions: ownAction('owner'),
  async parse(request) {
    const target = readAccessPointTarget(request);
    return { ...target, isPublicAccessBlocked: parsePublicAccessBlock(await readConfigurationDocument(request)) };
  },
  handle: ({ isPublicAccessBlocked, ...target }, { store }) =>
    updateAccessPoint(store, target, (accessPoint) => ({ ...accessPoint, isPublicAccessBlocked })),
  render: () => ({ status: 200, headers: {} }),
});

/** Whether an access point blocks public access: `GetAccessPointPublicAccessBlock`. */
export const getAccessPointPublicAccessBlock = defineOperation<
  'GetAccessPointPublicAccessBlock',
  AccessPointTarget,
  boolean
>({
  name: 'GetAccessPointPublicAccessBlock',
  effect: 'kept',
  anonymous: 'if granted',
  remark: '`true` when none was put.',
  permissions: ownAction('owner'),
  parse: readAccessPointTarget,
  handle: async ({ bucket, name }, { store }) =>
    requireAccessPoint(await store.getBucket(bucket), name).isPublicAccessBlocked,
  render: (isBlocked) => xmlResponse(renderPublicAccessBlock(isBlocked)),
});

/** Lets an access point follow its bucket again: `DeleteAccessPointPublicAccessBlock`. */
export const deleteAccessPointPublicAccessBlock = defineOperation<
  'DeleteAccessPointPublicAccessBlock',
  AccessPointTarget,
  BucketRecord
>({
  name: 'DeleteAccessPointPublicAccessBlock',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: readAccessPointTarget,
  handle: (target, { store }) =>
    updateAccessPoint(store, target, (accessPoint) => ({ ...accessPoint, isPublicAccessBlocked: false })),
  render: () => ({ status: 204, headers: {} }),
});
