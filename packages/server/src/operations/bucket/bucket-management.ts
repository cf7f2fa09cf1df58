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
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';
import {
  deleteConfiguration,
  getPlainConfiguration,
  putPlainConfiguration,
} from '../configuring/stored-configuration.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { DEFAULT_RESOURCE_GROUP_ID, RESOURCE_GROUP_ID } from '../reading/resource-group.js';

const FLAG = /^(?:true|false)$/i;

export const putBucketTransferAcceleration = putPlainConfiguration(
  { name: 'PutBucketTransferAcceleration', effect: 'kept' },
  'transferAcceleration',
  'TransferAccelerationConfiguration',
  (content) => requirePlainValue(content, 'Enabled', FLAG),
);
export const getBucketTransferAcceleration = getPlainConfiguration(
  { name: 'GetBucketTransferAcceleration', effect: 'kept' },
  'transferAcceleration',
  'TransferAccelerationConfiguration',
  'NoSuchTransferAccelerationConfiguration',
);

export const deleteBucketTransferAcceleration = deleteConfiguration(
  {
    name: 'DeleteBucketTransferAcceleration',
    effect: 'kept',
    remark: 'The public service documents none and takes it; it needs the right to put the configuration.',
  },
  'transferAcceleration',
);

export const putBucketAccessMonitor = putPlainConfiguration(
  {
    name: 'PutBucketAccessMonitor',
    effect: 'kept',
    remark:
      'Access times are not recorded. Disabling it while a lifecycle rule goes by the last access is 400 ' +
      '`InvalidRequest`; which code the public service has is not documented.',
  },
  'accessMonitor',
  'AccessMonitorConfiguration',
  (content) => requirePlainValue(content, 'Status', /^(?:Enabled|Disabled)$/),
  refuseUnwatched,
);
export const getBucketAccessMonitor = getPlainConfiguration(
  { name: 'GetBucketAccessMonitor', effect: 'kept' },
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
  {
    name: 'PutBucketArchiveDirectRead',
    effect: 'works',
    remark: 'Objects of the class Archive are then read without restoration.',
  },
  'archiveDirectRead',
  'ArchiveDirectReadConfiguration',
  (content) => requirePlainValue(content, 'Enabled', FLAG),
);
export const getBucketArchiveDirectRead = getPlainConfiguration(
  { name: 'GetBucketArchiveDirectRead', effect: 'works' },
  'archiveDirectRead',
  'ArchiveDirectReadConfiguration',
  { Enabled: false },
);

export const putBucketHttpsConfig = putPlainConfiguration(
  { name: 'PutBucketHttpsConfig', effect: 'kept', remark: 'TLS versions are those of the server.' },
  'httpsConfig',
  'HttpsConfiguration',
  (content) => {
    requirePlainValue(content, 'TLS.Enable', FLAG);
    requirePlainValue(content, 'TLS.TLSVersion', /^TLSv1\.[0-3]$/, false);
  },
);
export const getBucketHttpsConfig = getPlainConfiguration(
  { name: 'GetBucketHttpsConfig', effect: 'kept' },
  'httpsConfig',
  'HttpsConfiguration',
  {
    TLS: { Enable: false },
  },
);

export const putBucketResourceGroup = putPlainConfiguration(
  { name: 'PutBucketResourceGroup', effect: 'kept' },
  'resourceGroup',
  'BucketResourceGroupConfiguration',
  // Empty: the default group.
  (content) => requirePlainValue(content, 'ResourceGroupId', RESOURCE_GROUP_ID),
);
export const getBucketResourceGroup = getPlainConfiguration(
  { name: 'GetBucketResourceGroup', effect: 'kept', remark: '`rg-default-id` when none was put.' },
  'resourceGroup',
  'BucketResourceGroupConfiguration',
  { ResourceGroupId: DEFAULT_RESOURCE_GROUP_ID },
);

export const putUserDefinedLogFieldsConfig = putPlainConfiguration(
  { name: 'PutUserDefinedLogFieldsConfig', effect: 'kept', remark: 'Lines have the documented fields and no others.' },
  'userDefinedLogFields',
  'UserDefinedLogFieldsConfiguration',
  (content) => {
    for (const path of ['HeaderSet.header', 'ParamSet.parameter']) requirePlainValue(content, path, /^\S+$/, false);
  },
);
export const getUserDefinedLogFieldsConfig = getPlainConfiguration(
  { name: 'GetUserDefinedLogFieldsConfig', effect: 'kept' },
  'userDefinedLogFields',
  'UserDefinedLogFieldsConfiguration',
  'NoSuchConfiguration',
);
export const deleteUserDefinedLogFieldsConfig = deleteConfiguration(
  { name: 'DeleteUserDefinedLogFieldsConfig', effect: 'kept' },
  'userDefinedLogFields',
);

export const putBucketQosInfo = putPlainConfiguration(
  { name: 'PutBucketQosInfo', effect: 'kept' },
  'qosInfo',
  'QoSConfiguration',
  requireLimits,
);
export const getBucketQosInfo = getPlainConfiguration(
  { name: 'GetBucketQosInfo', effect: 'kept' },
  'qosInfo',
  'QoSConfiguration',
  'NoSuchConfiguration',
  withAllLimits,
);
export const deleteBucketQosInfo = deleteConfiguration({ name: 'DeleteBucketQosInfo', effect: 'kept' }, 'qosInfo');

/** Starts what no query can ask yet, so that programs that open it first can go on. */
export const openMetaQuery = defineOperation<'OpenMetaQuery', string, BucketRecord>({
  name: 'OpenMetaQuery',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'Queries answer 501.',
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
  { name: 'GetMetaQueryStatus', effect: 'kept' },
  'metaQuery',
  'MetaQueryStatus',
  'MetaQueryNotExist',
);
export const closeMetaQuery = defineOperation<'CloseMetaQuery', string, BucketRecord>({
  name: 'CloseMetaQuery',
  effect: 'kept',
  anonymous: 'if granted',
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
