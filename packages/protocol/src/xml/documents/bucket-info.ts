/** Document of GetBucketInfo: `BucketInfo`. */
import { formatIsoTime } from '../../iso-time.js';
import { parseXml } from '../parse-xml.js';
import { renderXml } from '../render-xml.js';
import { childOf, expectRoot, requiredTextOf, requiredTimeOf, textOf, wordOf } from '../xml-element.js';
import { defined } from './optional.js';
import { type Owner, readOwner } from './owner.js';

/** What GetBucketInfo says. */
export interface BucketInfo {
  readonly name: string;
  readonly owner: Owner;
  readonly acl: string;
  readonly createdAtMs: number;
  readonly location: string;
  readonly extranetEndpoint: string;
  readonly intranetEndpoint: string;
  readonly storageClass: string;
  readonly dataRedundancyType?: string;
  /** Only if versioning was ever set. */
  readonly versioning?: string;
  readonly comment?: string;
  readonly accessMonitor?: string;
  readonly transferAcceleration?: string;
  readonly crossRegionReplication?: string;
  readonly resourceGroupId?: string;
  readonly blockPublicAccess?: boolean;
  /** Server-side encryption: algorithm, or `None`. */
  readonly sseAlgorithm?: string;
  readonly kmsMasterKeyId?: string;
  readonly kmsDataEncryption?: string;
  /** Where the access log goes. */
  readonly logBucket?: string;
  readonly logPrefix?: string;
}

/** Writes the document. */
export function renderBucketInfo(info: BucketInfo): string {
  return renderXml('BucketInfo', {
    Bucket: {
      AccessMonitor: info.accessMonitor,
      // SDKs look for these even where nothing was said.
      Comment: info.comment || null,
      CreationDate: formatIsoTime(info.createdAtMs),
      ExtranetEndpoint: info.extranetEndpoint,
      IntranetEndpoint: info.intranetEndpoint,
      Location: info.location,
      StorageClass: info.storageClass,
      DataRedundancyType: info.dataRedundancyType,
      TransferAcceleration: info.transferAcceleration,
      CrossRegionReplication: info.crossRegionReplication,
      Name: info.name,
      ResourceGroupId: info.resourceGroupId,
      // This document alone has the name first.
      Owner: { DisplayName: info.owner.displayName, ID: info.owner.id },
      AccessControlList: { Grant: info.acl },
      ServerSideEncryptionRule: {
        SSEAlgorithm: info.sseAlgorithm,
        KMSMasterKeyID: info.kmsMasterKeyId,
        KMSDataEncryption: info.kmsDataEncryption,
      },
      BucketPolicy: { LogBucket: info.logBucket || null, LogPrefix: info.logPrefix || null },
      Versioning: info.versioning,
      BlockPublicAccess: info.blockPublicAccess,
    },
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseBucketInfo(document: Uint8Array | string): BucketInfo {
  const bucket = childOf(expectRoot(parseXml(document), 'BucketInfo'), 'Bucket');
  const rule = childOf(bucket, 'ServerSideEncryptionRule');
  const blockPublicAccess = wordOf(bucket, 'BlockPublicAccess');
  return {
    name: requiredTextOf(bucket, 'Name').trim(),
    owner: readOwner(bucket) ?? { id: '', displayName: '' },
    acl: requiredTextOf(childOf(bucket, 'AccessControlList'), 'Grant').trim(),
    createdAtMs: requiredTimeOf(bucket, 'CreationDate'),
    location: wordOf(bucket, 'Location') ?? '',
    extranetEndpoint: wordOf(bucket, 'ExtranetEndpoint') ?? '',
    intranetEndpoint: wordOf(bucket, 'IntranetEndpoint') ?? '',
    storageClass: wordOf(bucket, 'StorageClass') ?? '',
    ...defined({
      dataRedundancyType: wordOf(bucket, 'DataRedundancyType'),
      versioning: wordOf(bucket, 'Versioning'),
      comment: textOf(bucket, 'Comment') || undefined,
      accessMonitor: wordOf(bucket, 'AccessMonitor'),
      transferAcceleration: wordOf(bucket, 'TransferAcceleration'),
      crossRegionReplication: wordOf(bucket, 'CrossRegionReplication'),
      resourceGroupId: wordOf(bucket, 'ResourceGroupId'),
      blockPublicAccess: blockPublicAccess === undefined ? undefined : blockPublicAccess === 'true',
      sseAlgorithm: wordOf(rule, 'SSEAlgorithm'),
      kmsMasterKeyId: wordOf(rule, 'KMSMasterKeyID'),
      kmsDataEncryption: wordOf(rule, 'KMSDataEncryption'),
      logBucket: wordOf(childOf(bucket, 'BucketPolicy'), 'LogBucket'),
      logPrefix: textOf(childOf(bucket, 'BucketPolicy'), 'LogPrefix') || undefined,
    }),
  };
}
