/**
 * Configurations that are kept and given back as they are: transfer acceleration, access monitor, TLS versions, resource group, log fields, bandwidth
 * limits and meta query have no effect on this server, direct read of archives has, in the store. docs/api-coverage.md names each.
 */
import {
  invalidArgument,
  OssError,
  parsePlainConfiguration,
  renderXml,
  requirePlainValue,
  type XmlContent,
} from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../bucket-rules/bucket-configurations.js';
import { readConfigurationDocument } from './configuration-document.js';
import { defineOperation, type OperationRequest } from './operation.js';
import { ownAction } from './operation-permission.js';
import { requireBucket } from './request-target.js';
import { DEFAULT_RESOURCE_GROUP_ID, RESOURCE_GROUP_ID } from './resource-group.js';
import { deleteConfiguration, getPlainConfiguration, putPlainConfiguration } from './stored-configuration.js';
import { xmlResponse } from './xml-response.js';

const FLAG = /^(?:true|false)$/i;

export const putBucketTransferAcceleration = putPlainConfiguration(
  'PutBucketTransferAcceleration',
  'transferAcceleration',
  'TransferAccelerationConfiguration',
  (content) => requirePlainValue(content, 'Enabled', FLAG),
);
export const getBucketTransferAcceleration = getPlainConfiguration(
  'GetBucketTransferAcceleration',
  'transferAcceleration',
  'TransferAccelerationConfiguration',
  'NoSuchTransferAccelerationConfiguration',
);

export const deleteBucketTransferAcceleration = deleteConfiguration(
  'DeleteBucketTransferAcceleration',
  'transferAcceleration',
);

export const putBucketAccessMonitor = putPlainConfiguration(
  'PutBucketAccessMonitor',
  'accessMonitor',
  'AccessMonitorConfiguration',
  (content) => requirePlainValue(content, 'Status', /^(?:Enabled|Disabled)$/),
  refuseUnwatched,
);
export const getBucketAccessMonitor = getPlainConfiguration(
  'GetBucketAccessMonitor',
  'accessMonitor',
  'AccessMonitorConfiguration',
  { Status: 'Disabled' },
);

/** Rules that count from the last access would stand still without it. */
function refuseUnwatched({ Status: status }: XmlContent, record: BucketRecord): void {
  const { lifecycle } = configurationsOf(record);
  const isUsed = lifecycle?.rules.some(({ transitions, noncurrentVersionTransitions }) =>
    [...transitions, ...noncurrentVersionTransitions].some(({ isAccessTime }) => isAccessTime === true),
  );
  if (status !== 'Disabled' || isUsed !== true) return;
  throw new OssError('InvalidRequest', {
    message: 'Access monitoring cannot be disabled while a lifecycle rule goes by the last access time.',
  });
}

export const putBucketArchiveDirectRead = putPlainConfiguration(
  'PutBucketArchiveDirectRead',
  'archiveDirectRead',
  'ArchiveDirectReadConfiguration',
  (content) => requirePlainValue(content, 'Enabled', FLAG),
);
export const getBucketArchiveDirectRead = getPlainConfiguration(
  'GetBucketArchiveDirectRead',
  'archiveDirectRead',
  'ArchiveDirectReadConfiguration',
  { Enabled: false },
);

export const putBucketHttpsConfig = putPlainConfiguration(
  'PutBucketHttpsConfig',
  'httpsConfig',
  'HttpsConfiguration',
  (content) => {
    requirePlainValue(content, 'TLS.Enable', FLAG);
    requirePlainValue(content, 'TLS.TLSVersion', /^TLSv1\.[0-3]$/, false);
  },
);
export const getBucketHttpsConfig = getPlainConfiguration('GetBucketHttpsConfig', 'httpsConfig', 'HttpsConfiguration', {
  TLS: { Enable: false },
});

export const putBucketResourceGroup = putPlainConfiguration(
  'PutBucketResourceGroup',
  'resourceGroup',
  'BucketResourceGroupConfiguration',
  // Empty: the default group.
  (content) => requirePlainValue(content, 'ResourceGroupId', RESOURCE_GROUP_ID),
);
export const getBucketResourceGroup = getPlainConfiguration(
  'GetBucketResourceGroup',
  'resourceGroup',
  'BucketResourceGroupConfiguration',
  { ResourceGroupId: DEFAULT_RESOURCE_GROUP_ID },
);

export const putUserDefinedLogFieldsConfig = putPlainConfiguration(
  'PutUserDefinedLogFieldsConfig',
  'userDefinedLogFields',
  'UserDefinedLogFieldsConfiguration',
  (content) => {
    for (const path of ['HeaderSet.header', 'ParamSet.parameter']) requirePlainValue(content, path, /^\S+$/, false);
  },
);
export const getUserDefinedLogFieldsConfig = getPlainConfiguration(
  'GetUserDefinedLogFieldsConfig',
  'userDefinedLogFields',
  'UserDefinedLogFieldsConfiguration',
  'NoSuchConfiguration',
);
export const deleteUserDefinedLogFieldsConfig = deleteConfiguration(
  'DeleteUserDefinedLogFieldsConfig',
  'userDefinedLogFields',
);

export const putBucketQosInfo = putPlainConfiguration('PutBucketQosInfo', 'qosInfo', 'QoSConfiguration', requireLimits);
export const getBucketQosInfo = getPlainConfiguration(
  'GetBucketQosInfo',
  'qosInfo',
  'QoSConfiguration',
  'NoSuchConfiguration',
  withAllLimits,
);
export const deleteBucketQosInfo = deleteConfiguration('DeleteBucketQosInfo', 'qosInfo');

/** Starts what no query can ask yet, so that programs that open it first can go on. */
export const openMetaQuery = defineOperation<string, BucketRecord>({
  name: 'OpenMetaQuery',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store, clock }) =>
    store.updateBucket(bucket, (record) => {
      const existing = configurationsOf(record).metaQuery;
      const atTime = new Date(clock()).toISOString();
      return {
        configurations: {
          metaQuery: existing ?? { State: 'Running', Phase: 'FullScanning', CreateTime: atTime, UpdateTime: atTime },
        },
      };
    }),
  render: () => ({ status: 200, headers: {} }),
});
export const getMetaQueryStatus = getPlainConfiguration(
  'GetMetaQueryStatus',
  'metaQuery',
  'MetaQueryStatus',
  'MetaQueryNotExist',
);
export const closeMetaQuery = defineOperation<string, BucketRecord>({
  name: 'CloseMetaQuery',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.updateBucket(bucket, { configurations: { metaQuery: undefined } }),
  render: () => ({ status: 200, headers: {} }),
});

/** In the order in which the public service shows them. */
const LIMIT_NAMES = ['UploadBandwidth', 'DownloadBandwidth', 'Qps'].flatMap((what) =>
  ['Total', 'Intranet', 'Extranet'].map((where) => `${where}${what}`),
);

/** SDKs read all nine. */
function withAllLimits(content: XmlContent): XmlContent {
  return { ...Object.fromEntries(LIMIT_NAMES.map((name) => [name, '-1'])), ...content };
}

/** Bandwidths in Gbit/s and requests per second; -1 means none of its own. */
function requireLimits(content: XmlContent): void {
  for (const name of Object.keys(content)) requirePlainValue(content, name, /^(?:-1|\d{1,9})$/);
}

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

export const putBucketRequesterQosInfo = defineOperation<RequesterQosInput, BucketRecord>({
  name: 'PutBucketRequesterQosInfo',
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

export const getBucketRequesterQosInfo = defineOperation<RequesterQosInput, string>({
  name: 'GetBucketRequesterQosInfo',
  permissions: ownAction('owner'),
  parse: readRequester,
  async handle({ bucket, requester }, { store }) {
    const content = configurationsOf(await store.getBucket(bucket)).requesterQosInfo?.[requester];
    if (content === undefined) throw new OssError('NoSuchConfiguration', { details: { BucketName: bucket } });
    return renderXml('RequesterQoSInfo', { Requester: requester, QoSConfiguration: withAllLimits(content) });
  },
  render: (document) => xmlResponse(document),
});

export const deleteBucketRequesterQosInfo = defineOperation<RequesterQosInput, BucketRecord>({
  name: 'DeleteBucketRequesterQosInfo',
  permissions: ownAction('owner'),
  parse: readRequester,
  handle: ({ bucket, requester }, { store }) =>
    store.updateBucket(bucket, (record) => {
      const { [requester]: _removed, ...left } = configurationsOf(record).requesterQosInfo ?? {};
      return { configurations: { requesterQosInfo: left } };
    }),
  render: () => ({ status: 204, headers: {} }),
});
