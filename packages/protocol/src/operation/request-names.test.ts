/**
 * Every name that an official SDK can sign or send has one place: a row, a protection, an option, or a reason to be
 * ignored.
 */
import { describe, expect, it } from 'vitest';
import { REQUEST_HEADERS } from '../headers.js';
import { SUB_RESOURCES_V1 } from '../signature/v1.js';
import { OPERATION_NAMES, OPERATIONS, UNDOCUMENTED_SUB_RESOURCES } from './operation-table.js';
import { PROTECTION_HEADERS, PROTECTION_PARAMETERS, protectionOutcome } from './protection-names.js';
import { REQUEST_HEADER_NAMES, REQUEST_PARAMETER_NAMES } from './request-names.js';
import { SIGNED_PARAMETERS } from './signed-parameters.js';

/** Constants for headers, by SDK. */
const SDK_HEADERS: Readonly<Record<string, string>> = {
  'Go V1 oss/const.go': `accept-encoding authorization cache-control content-disposition content-encoding content-length content-md5
    content-type content-language date etag expires host last-modified range location origin server user-agent if-modified-since
    if-unmodified-since if-match if-none-match access-control-request-method access-control-request-headers x-oss-acl x-oss-meta-
    x-oss-object-acl x-oss-security-token x-oss-server-side-encryption x-oss-server-side-encryption-key-id
    x-oss-server-side-data-encryption x-oss-server-side-encryption-customer-algorithm x-oss-server-side-encryption-customer-key
    x-oss-server-side-encryption-customer-key-md5 x-oss-copy-source x-oss-copy-source-range x-oss-copy-source-if-match
    x-oss-copy-source-if-none-match x-oss-copy-source-if-modified-since x-oss-copy-source-if-unmodified-since
    x-oss-metadata-directive x-oss-next-append-position x-oss-request-id x-oss-hash-crc64ecma x-oss-symlink-target
    x-oss-storage-class x-oss-callback x-oss-callback-var x-oss-request-payer x-oss-tagging x-oss-tagging-directive
    x-oss-traffic-limit x-oss-forbid-overwrite x-oss-range-behavior x-oss-task-id x-oss-hash-ctx x-oss-md5-ctx
    x-oss-allow-same-action-overlap x-oss-date x-oss-content-sha256 x-oss-notification x-oss-ec x-oss-err x-oss-access-point-name`,
  'Java V1 OSSHeaders.java': `x-oss-acl x-oss-storage-class x-oss-version-id x-oss-server-side-encryption
    x-oss-server-side-encryption-key-id x-oss-server-side-data-encryption x-oss-copy-source x-oss-copy-source-range
    x-oss-copy-source-if-match x-oss-metadata-directive x-oss-tagging-directive x-oss-request-id origin x-oss-security-token
    x-oss-next-append-position x-oss-hash-crc64ecma x-oss-object-type x-oss-object-acl x-oss-callback x-oss-callback-var
    x-oss-symlink-target x-oss-restore x-oss-bucket-region x-oss-select-csv-rows x-oss-select-output-raw x-oss-tagging
    x-oss-request-payer x-oss-traffic-limit x-oss-task-id`,
  'Python V1 headers.py': `x-oss-client-side-encryption-key x-oss-client-side-encryption-start
    x-oss-client-side-encryption-part-size flag-client-side-encryption-multipart-file x-oss-meta-oss-crypto-key`,
  'public documents': `if-range referer security-token x-oss-bucket-tagging x-oss-bypass-governance-retention x-oss-complete-all
    x-oss-hns-status x-oss-multi-range-behavior x-oss-object-worm-mode x-oss-object-worm-retain-until-date
    x-oss-object-worm-legal-hold x-oss-resource-group-id x-oss-persistent-headers`,
  'Go V2 api_op_*.go, with agentic, dataprocess, tables and vectors': `access-control-request-headers access-control-request-method
    cache-control content-disposition content-encoding content-length content-md5 content-type expires if-match if-modified-since
    if-none-match if-unmodified-since origin range x-oss-access-point-for-object-process-name x-oss-access-point-name x-oss-acl
    x-oss-agentic-bucket x-oss-allow-same-action-overlap x-oss-bucket-tagging x-oss-bypass-governance-retention x-oss-callback
    x-oss-callback-var x-oss-complete-all x-oss-content-sha256 x-oss-copy-source x-oss-copy-source-if-match
    x-oss-copy-source-if-modified-since x-oss-copy-source-if-none-match x-oss-copy-source-if-unmodified-since x-oss-copy-source-range
    x-oss-date x-oss-forbid-overwrite x-oss-fwd-header-accept-ranges x-oss-fwd-header-cache-control
    x-oss-fwd-header-content-disposition x-oss-fwd-header-content-encoding x-oss-fwd-header-content-language
    x-oss-fwd-header-content-range x-oss-fwd-header-content-type x-oss-fwd-header-etag x-oss-fwd-header-expires
    x-oss-fwd-header-last-modified x-oss-fwd-status x-oss-hash-crc64ecma x-oss-meta- x-oss-meta-client-side-encryption-key
    x-oss-metadata-directive x-oss-object-acl x-oss-object-type x-oss-range-behavior x-oss-request-payer x-oss-request-route
    x-oss-request-token x-oss-resource-group-id x-oss-security-token x-oss-select-output-raw x-oss-server-side-data-encryption
    x-oss-server-side-encryption x-oss-server-side-encryption-customer-algorithm x-oss-server-side-encryption-customer-key
    x-oss-server-side-encryption-customer-key-md5 x-oss-server-side-encryption-key-id x-oss-storage-class x-oss-symlink-target
    x-oss-table-arn x-oss-tagging x-oss-tagging-directive x-oss-traffic-limit`,
  'Python V2 models, those of answers too': `accept-encoding content-range etag last-modified x-oss-agentic-bucket
    x-oss-copy-source-version-id x-oss-delete-marker x-oss-expiration x-oss-hash-crc64ecma x-oss-last-access-time
    x-oss-next-append-position x-oss-object-restore-priority x-oss-object-type x-oss-object-worm-legal-hold x-oss-object-worm-mode
    x-oss-object-worm-retain-until-date x-oss-process-status x-oss-replication-rule-id x-oss-request-charged x-oss-resource-group-id
    x-oss-restore x-oss-sealed-time x-oss-table-arn x-oss-tagging-count x-oss-transition-time x-oss-version-id x-oss-worm-id`,
  'Java V2 models, operations, signer': `authorization content-md5 content-type date x-oss-access-point-for-object-process-name
    x-oss-access-point-name x-oss-bucket-tagging x-oss-bypass-governance-retention x-oss-complete-all x-oss-content-sha256
    x-oss-copy-source-version-id x-oss-fwd-header-accept-ranges x-oss-fwd-header-etag x-oss-fwd-status x-oss-object-restore-priority
    x-oss-process-status x-oss-request-route x-oss-request-token x-oss-resource-group-id x-oss-sealed-time x-oss-table-arn
    x-oss-transition-time x-oss-worm-id`,
  'PHP V1 OssClient.php': `accept-encoding access-control-request-headers access-control-request-method authorization cache-control
    content-coding content-disposition content-length content-md5 content-range content-type date etag expires host if-match
    if-modified-since if-none-match if-unmodified-since origin range x-oss-acl x-oss-callback x-oss-callback-var x-oss-copy-source
    x-oss-copy-source-range x-oss-file-group x-oss-meta-md5 x-oss-object-acl x-oss-request-id x-oss-security-token
    x-oss-symlink-target x-oss-version-id`,
  'C oss_define.c': `authorization content-length content-md5 content-type date expect expires x-oss-acl x-oss-bucket-region
    x-oss-callback x-oss-callback-var x-oss-copy-source x-oss-copy-source-range x-oss-date x-oss-hash-crc64ecma
    x-oss-next-append-position x-oss-object-type x-oss-security-token x-oss-symlink-target`,
  'C# V1 HttpHeaders.cs, OssHeaders.cs': `authorization cache-control content-disposition content-encoding content-length content-md5
    content-type date etag expires if-match if-modified-since if-none-match if-unmodified-since last-modified location range x-oss-acl
    x-oss-bucket-region x-oss-callback x-oss-callback-var x-oss-copy-source x-oss-copy-source-if-match
    x-oss-copy-source-if-modified-since x-oss-copy-source-if-none-match x-oss-copy-source-if-unmodified-since x-oss-copy-source-range
    x-oss-hash-crc64ecma x-oss-metadata-directive x-oss-next-append-position x-oss-object-acl x-oss-object-type x-oss-quota-delta-size
    x-oss-request-id x-oss-request-payer x-oss-security-token x-oss-server-side-encryption x-oss-server-time x-oss-symlink-target
    x-oss-traffic-limit`,
  'C# V2 ModelObjectBasic.cs': `cache-control content-disposition content-encoding content-length content-md5 content-type etag expires
    if-match if-modified-since if-none-match if-unmodified-since range x-oss-callback x-oss-callback-var x-oss-copy-source-if-match
    x-oss-copy-source-if-modified-since x-oss-copy-source-if-none-match x-oss-copy-source-if-unmodified-since
    x-oss-copy-source-version-id x-oss-forbid-overwrite x-oss-hash-crc64ecma x-oss-metadata-directive x-oss-object-acl
    x-oss-range-behavior x-oss-server-side-data-encryption x-oss-server-side-encryption x-oss-server-side-encryption-key-id
    x-oss-storage-class x-oss-symlink-target x-oss-tagging x-oss-tagging-directive x-oss-traffic-limit x-oss-version-id`,
  'Ruby protocol.rb': `content-type range x-oss-callback x-oss-copy-source x-oss-copy-source-if-match
    x-oss-copy-source-if-modified-since x-oss-copy-source-if-none-match x-oss-copy-source-if-unmodified-since
    x-oss-metadata-directive x-oss-object-acl`,
  'Swift V2 SerdeObjectBasic.swift': `accept-encoding cache-control content-disposition content-encoding content-md5 content-type
    encoding-type expires if-match if-modified-since if-none-match if-unmodified-since range x-oss-callback x-oss-callback-var
    x-oss-copy-source x-oss-copy-source-if-match x-oss-copy-source-if-modified-since x-oss-copy-source-if-none-match
    x-oss-copy-source-if-unmodified-since x-oss-forbid-overwrite x-oss-meta- x-oss-metadata-directive x-oss-object-acl x-oss-process
    x-oss-range-behavior x-oss-server-side-data-encryption x-oss-server-side-encryption x-oss-server-side-encryption-key-id
    x-oss-storage-class x-oss-tagging x-oss-tagging-directive x-oss-traffic-limit`,
  'captured requests': `accept accept-encoding authorization connection content-length content-md5 content-type date expect host
    referer transfer-encoding user-agent x-oss-acl x-oss-content-sha256 x-oss-date x-oss-meta-a x-oss-object-acl`,
};

/**
 * Query parameters and sub-resources, by SDK; those of the Go V1 and Java V1 SDKs only where they are in no list of
 * signed names.
 */
const SDK_PARAMETERS: Readonly<Record<string, string>> = {
  'Go V1, Java V1': `Expires OSSAccessKeyId Signature security-token playlistName x-oss-signature-version x-oss-expires x-oss-access-key-id
    x-oss-signature x-oss-additional-headers x-oss-credential x-oss-date x-oss-security-token prefix delimiter marker max-keys bid
    encoding-type version-id-marker tag-key tag-value max-uploads upload-id-marker key-marker max-parts part-number-marker rule-id
    since tail start-after list-type fetch-owner`,
  'Go V2 api_op_*.go': `accessPoint accessPointConfigForObjectProcess accessPointForObjectProcess accessPointPolicy
    accessPointPolicyForObjectProcess accessmonitor acl action append bucketArchiveDirectRead bucketInfo category cleanRestoredObject
    cloudboxes cname comp continuation-token cors dataPipeline delete delimiter encoding-type encryption fetch-owner httpsConfig
    inventory inventoryId key-marker legalHold lifecycle list-type location logging marker max-keys max-parts max-uploads
    metadataConfiguration metadataInventoryTable metadataJournalTable metaQuery mode objectMeta objectWorm overwriteConfig
    part-number-marker partNumber policy policyStatus position prefix publicAccessBlock quota redundancyTransition referer regions
    replication replicationLocation replicationProgress requestPayment resourceGroup response-cache-control
    response-content-disposition response-content-encoding response-content-language response-content-type response-expires restore
    retention rtc rule-id seal start-after stat style styleName symlink tag-key tag-value tagging transferAcceleration upload-id-marker
    uploadId uploads userDefinedLogFieldsConfig version-id-marker versionId versioning versions website wildcard worm wormExtend wormId
    x-oss-access-point-name x-oss-async-process x-oss-process x-oss-redundancy-transition-taskid x-oss-target-redundancy-type
    x-oss-write-get-object-response`,
  'Go V2 agentic, dataprocess, tables, vectors': `agenticBucket aggregations bucketSpace clusterType continuationToken dataPipelineName
    datasetConfig datasetName deleteVectorIndex deleteVectors description getVectorIndex getVectors listVectorIndexes listVectors
    maxBuckets maxNamespaces maxResults maxTables mediaTypes name namespace nextToken notification objectId order putVectorIndex
    putVectorIndexFusion putVectors query queryVectors queryVectorsFusion role ruleTypes rules simpleQuery sort sourceURI status
    tableArn tableBucketARN uri versionToken withFields withStatistics withoutTotalHits workflowParameters`,
  'Python V2 models, operations': `append continuationToken maxBuckets maxNamespaces maxTables name namespace quota regions tableArn
    tableBucketARN versionToken x-oss-async-process x-oss-process`,
  'Java V2 operations': `accessPointForObjectProcess callback callback-var dataPipeline regionList security-token sequential
    x-oss-write-get-object-response`,
  'PHP V1 OssClient.php': `comp delimiter encoding-type endTime key-marker marker max-keys OSSAccessKeyId partNumber position prefix restore
    Signature startTime status symlink tagging uploadId uploads version-id-marker versionId wormId x-oss-process`,
  'C oss_define.c': `acl append bucketInfo comp delete delimiter endTime key-marker lifecycle live location logging marker max-keys max-parts
    max-uploads part-number-marker partNumber playlistName position prefix qos referer restore security-token startTime stat status
    symlink upload-id-marker uploadId uploads vod website x-oss-process`,
  'C++ SignUtils.cc': `acl append bucketInfo callback callback-var comp cors delete endTime lifecycle live location logging objectMeta
    partNumber policy position qos referer requestPayment response-cache-control response-content-disposition
    response-content-encoding response-content-language response-content-type response-expires restore security-token startTime stat
    status symlink tagging uploadId uploads vod website x-oss-process x-oss-traffic-limit`,
  // A constant for the parameter `x-oss-tagging` is used as a header alone.
  'C# V1 RequestParameters.cs': `acl bucketInfo cors delete delimiter encoding-type encryption key-marker lifecycle location logging marker
    max-keys max-parts max-uploads objectMeta part-number-marker partNumber policy prefix qos referer requestPayment restore stat
    symlink tag-key tag-value tagging upload-id-marker uploadId uploads version-id-marker versioning versionId versions website
    x-oss-process x-oss-traffic-limit`,
  'Ruby protocol.rb': `append delimiter encoding-type marker max-keys position prefix response-cache-control response-content-disposition
    response-content-encoding response-content-language response-content-type response-expires`,
  'Swift V2 SerdeObjectBasic.swift': 'position versionId response-content-type response-expires',
};

const selectors = new Set<string>(OPERATION_NAMES.flatMap((name) => [...OPERATIONS[name].query]));

function placesOfHeader(name: string): number {
  const options = Object.keys(REQUEST_HEADER_NAMES);
  const isOption = options.includes(name);
  const isBehindPrefix = options.some((option) => option.endsWith('-') && name.startsWith(option));
  const isProtection = Object.hasOwn(PROTECTION_HEADERS, name);
  // A name of its own counts before a prefix.
  return Number(isProtection) + Number(isOption) || Number(isBehindPrefix);
}

function placesOfParameter(name: string): number {
  const places = [
    selectors.has(name),
    UNDOCUMENTED_SUB_RESOURCES.includes(name),
    Object.hasOwn(SIGNED_PARAMETERS, name),
    Object.hasOwn(REQUEST_PARAMETER_NAMES, name),
  ];
  return places.filter((isThere) => isThere).length;
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

describe('the names that SDKs sign or send', () => {
  it('have one place each, as headers', () => {
    for (const [sdk, names] of Object.entries(SDK_HEADERS)) {
      for (const name of words(names)) expect([sdk, name, placesOfHeader(name)]).toEqual([sdk, name, 1]);
    }
    for (const name of Object.values(REQUEST_HEADERS)) expect([name, placesOfHeader(name)]).toEqual([name, 1]);
  });

  it('have one place each, as query parameters', () => {
    const lists = { 'signed with V1': [...SUB_RESOURCES_V1].join(' '), ...SDK_PARAMETERS };
    for (const [sdk, names] of Object.entries(lists)) {
      for (const name of words(names)) expect([sdk, name, placesOfParameter(name)]).toEqual([sdk, name, 1]);
    }
  });

  it('have no place when they were given none', () => {
    expect(placesOfHeader('x-oss-made-up')).toBe(0);
    expect(placesOfParameter('x-oss-made-up')).toBe(0);
  });

  it('are ignored or refused with a reason', () => {
    for (const [name, { note }] of [
      ...Object.entries(REQUEST_HEADER_NAMES),
      ...Object.entries(REQUEST_PARAMETER_NAMES),
    ]) {
      expect([name, note.length > 5]).toEqual([name, true]);
    }
  });

  it('are refused by every operation where the table says so, and made-up relatives with them', () => {
    const refused = Object.entries(REQUEST_HEADER_NAMES).filter(([, { state }]) => state === 'refused');
    const madeUp = [
      'x-oss-server-side-x',
      'x-oss-object-worm-x',
      'x-oss-callback-x',
      'x-oss-copy-source-if-x',
      'x-oss-ac-x',
    ];
    for (const name of [...refused.map(([key]) => key), ...madeUp, 'x-oss-forbid-delete', 'x-oss-if-match']) {
      for (const operation of OPERATION_NAMES) {
        for (const place of ['header', 'field', 'parameter'] as const) {
          expect([name, protectionOutcome(operation, place, name, false)]).toEqual([name, 'unknown']);
        }
      }
    }
  });

  it('are left alone by the rule where they protect nothing', () => {
    for (const [name, { state }] of Object.entries(REQUEST_HEADER_NAMES)) {
      if (state === 'refused') continue;
      expect([name, protectionOutcome('PutObject', 'header', name, false)]).toEqual([name, 'no protection']);
    }
    for (const name of [...Object.keys(REQUEST_PARAMETER_NAMES), ...selectors, ...Object.keys(SIGNED_PARAMETERS)]) {
      const outcome = Object.hasOwn(PROTECTION_PARAMETERS, name) ? 'read' : 'no protection';
      expect([name, protectionOutcome('PutObject', 'parameter', name, false)]).toEqual([name, outcome]);
    }
  });

  it('protect in the header only: in the query the same name is refused', () => {
    for (const name of Object.keys(PROTECTION_HEADERS)) {
      if (Object.hasOwn(PROTECTION_PARAMETERS, name)) continue;
      expect([name, protectionOutcome('PutObject', 'parameter', name, false)]).toEqual([name, 'unread']);
    }
  });
});
