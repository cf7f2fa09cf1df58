/**
 * Put-, Get- and DeleteBucketRequesterQosInfo: `?requesterQosInfo`, limits of those who ask. Without effect: the
 * operator sets limits.
 */
import { invalidArgument, OssError, parsePlainConfiguration, renderXml } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { requireLimits, withAllLimits } from '../reading/qos-limits.js';

interface RequesterQosInput {
  readonly bucket: string;
  readonly requester: string;
  readonly document?: ReturnType<typeof parsePlainConfiguration>;
}

function readRequester(request: OperationRequest): RequesterQosInput {
  const requester = request.query.get('qosRequester');
  if (requester === undefined || requester === '') {
    throw new OssError('MissingArgument', { details: { ArgumentName: 'qosRequester' } });
  }
  if (!/^\d{1,32}$/.test(requester)) throw invalidArgument('qosRequester', requester);
  return { bucket: requireBucket(request), requester };
}

/** Keeps the bandwidth limits of one requester: `PutBucketRequesterQosInfo`. */
export const putBucketRequesterQosInfo = defineOperation<'PutBucketRequesterQosInfo', RequesterQosInput, BucketRecord>({
  name: 'PutBucketRequesterQosInfo',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  async parse(request) {
    const document = parsePlainConfiguration(await readConfigurationDocument(request), 'QoSConfiguration');
    requireLimits(document);
    return { ...readRequester(request), document };
  },
  handle: ({ bucket, requester, document }, { store }) =>
    store.updateBucket(bucket, (record) => ({
      configurations: {
        requesterQosInfo: { ...configurationsOf(record).requesterQosInfo, [requester]: document },
      },
    })),
  render: () => ({ status: 200, headers: {} }),
});

/** Shows the bandwidth limits of one requester: `GetBucketRequesterQosInfo`. */
export const getBucketRequesterQosInfo = defineOperation<'GetBucketRequesterQosInfo', RequesterQosInput, string>({
  name: 'GetBucketRequesterQosInfo',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: readRequester,
  async handle({ bucket, requester }, { store }) {
    const content = configurationsOf(await store.getBucket(bucket)).requesterQosInfo?.[requester];
    if (content === undefined) throw new OssError('NoSuchConfiguration', { details: { BucketName: bucket } });
    return renderXml('RequesterQoSInfo', { Requester: requester, QoSConfiguration: withAllLimits(content) });
  },
  render: (document) => xmlResponse(document),
});

/** Removes the bandwidth limits of one requester: `DeleteBucketRequesterQosInfo`. */
export const deleteBucketRequesterQosInfo = defineOperation<
  'DeleteBucketRequesterQosInfo',
  RequesterQosInput,
  BucketRecord
>({
  name: 'DeleteBucketRequesterQosInfo',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: readRequester,
  handle: ({ bucket, requester }, { store }) =>
    store.updateBucket(bucket, (record) => {
      const { [requester]: _removed, ...left } = configurationsOf(record).requesterQosInfo ?? {};
      return { configurations: { requesterQosInfo: left } };
    }),
  render: () => ({ status: 204, headers: {} }),
});
