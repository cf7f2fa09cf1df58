/**
 * Every header and query parameter that the official SDKs sign or send, and what becomes of each. Gathered from what
 * the sources of SDKs define (`request-names.test.ts` names them), from captured requests of thirteen SDKs, from the
 * lists of signed names (V1, V4), and from the public documents. Sub-resources are rows of `operation-table.ts` or
 * `UNDOCUMENTED_SUB_RESOURCES`; where protection counts is in `protection-names.ts`. A test walks all of them.
 */

import { handled, ignored, type RequestName, refused } from './request-name.js';

const CUSTOMER_KEY = refused('a key of the customer: there is no such encryption here');
const NOT_OF_REQUESTS = ignored(
  'header of answers; SDKs have a constant for it, as a request header it asks for nothing',
);
const OF_OBJECT_PROCESS = ignored('of WriteGetObjectResponse and what calls it, which answer 501 as a whole');
const PREFLIGHT = handled('a preflight asks with it');
const OLD_CLIENT_ENCRYPTION = ignored(
  'name before `x-oss-meta-` was put in front; the public service keeps no such header',
);

/**
 * Headers, in lower case. One that ends in `-` stands for all that begin so. Those of `PROTECTION_HEADERS` are not
 * repeated here.
 */
export const REQUEST_HEADER_NAMES: Readonly<Record<string, RequestName>> = {
  // HTTP
  accept: handled('whether a followed object is sent as events; other answers have one form, errors are XML'),
  'accept-encoding': handled('GetObject and HeadObject compress when asked'),
  'access-control-request-headers': PREFLIGHT,
  'access-control-request-method': PREFLIGHT,
  authorization: handled('carries the signature'),
  'cache-control': handled('kept with the object'),
  connection: handled('framing'),
  'content-disposition': handled('kept with the object'),
  'content-encoding': handled('kept with the object'),
  'content-language': handled('kept with the object'),
  'content-length': handled('framing'),
  'content-md5': handled(
    'signed; held against every body that is read. Operations without a body have nothing to hold it against',
  ),
  'content-type': handled('signed; kept with the object'),
  date: handled('signed; must be near the server’s time'),
  expect: handled('100-continue, when the body is wanted'),
  expires: handled('kept with the object'),
  host: handled('names the bucket or the endpoint'),
  'if-range': handled('whether a range counts'),
  'content-range': NOT_OF_REQUESTS,
  'last-modified': NOT_OF_REQUESTS,
  etag: NOT_OF_REQUESTS,
  location: NOT_OF_REQUESTS,
  'last-event-id': handled('where a follower resumes'),
  server: NOT_OF_REQUESTS,
  origin: handled('CORS rules'),
  range: handled('GetObject; elsewhere there are no bytes to choose from'),
  referer: handled('referer rules'),
  'transfer-encoding': handled('framing'),
  'user-agent': handled('access log; tells the C SDK'),
  // Identity
  'security-token': handled('token of temporary keys, form of old SDKs'),
  'x-oss-content-sha256': handled('only UNSIGNED-PAYLOAD; another hash is refused, since nobody would check it'),
  'x-oss-date': handled('signed; must be near the server’s time'),
  'x-oss-security-token': handled('token of temporary keys'),
  // What is kept, and how something is done
  'x-oss-meta-': handled('user metadata'),
  'x-oss-metadata-directive': handled('CopyObject'),
  'x-oss-tagging-directive': handled('CopyObject'),
  'x-oss-symlink-target': handled('PutSymlink'),
  'x-oss-complete-all': handled('CompleteMultipartUpload'),
  'x-oss-range-behavior': handled('GetObject'),
  'x-oss-multi-range-behavior': handled('GetObject'),
  'x-oss-traffic-limit': handled('wherever bytes of an object pass; elsewhere there is nothing to slow down'),
  'x-oss-request-payer': handled('buckets whose requester pays'),
  'x-oss-bypass-governance-retention': handled(
    'DeleteObject, DeleteMultipleObjects, PutObjectRetention; it only weakens, so elsewhere nothing is lost without it',
  ),
  'x-oss-allow-same-action-overlap': handled('PutBucketLifecycle'),
  'x-oss-hns-status': handled('PutBucket: `enabled` answers 501'),
  'x-oss-access-point-name': handled('GetAccessPoint and its relatives'),
  'x-oss-resource-group-id': handled('PutBucket and ListBuckets'),
  'x-oss-annals-': handled('extensions of this server: those an operation does not have are refused'),
  // Refused
  'x-oss-server-side-encryption-customer-algorithm': CUSTOMER_KEY,
  'x-oss-server-side-encryption-customer-key': CUSTOMER_KEY,
  'x-oss-server-side-encryption-customer-key-md5': CUSTOMER_KEY,
  'x-oss-hash-ctx': refused('digest of a resumed upload'),
  'x-oss-md5-ctx': refused('digest of a resumed upload'),
  'x-oss-agentic-bucket': refused('a bucket inside another: there are none'),
  'x-oss-worm-id': refused('header of answers; as a request header it begins as protection does'),
  // Ignored
  'x-oss-copy-source-': ignored(
    'ali-oss repeats every header of a copy behind this prefix; the real ones have rows of their own',
  ),
  'x-oss-client-side-encryption-': OLD_CLIENT_ENCRYPTION,
  'flag-client-side-encryption-multipart-file': ignored('a mark inside the Python SDK'),
  'x-oss-notification': ignored('Go V1 only signs it; no document says what it would do'),
  'x-oss-fwd-': OF_OBJECT_PROCESS,
  'x-oss-request-route': OF_OBJECT_PROCESS,
  'x-oss-request-token': OF_OBJECT_PROCESS,
  'x-oss-access-point-for-object-process-name': OF_OBJECT_PROCESS,
  'x-oss-table-arn': ignored('of table buckets, which have paths and an endpoint of their own'),
  'x-oss-process': ignored(
    'Swift V2 sends it with GetObject; the documents know the parameter alone, which is a sub-resource with rows',
  ),
  'encoding-type': ignored(
    'Swift V2 sends it with DeleteMultipleObjects; only the documentation has the parameter, and an answer without encoding is right for every client that parses XML',
  ),
  'content-coding': ignored('a constant of PHP V1 that names no header of HTTP'),
  'x-oss-file-group': ignored('a constant of PHP V1 for groups of objects, which no document knows any longer'),
  'x-oss-copy-source-version-id': NOT_OF_REQUESTS,
  'x-oss-delete-marker': NOT_OF_REQUESTS,
  'x-oss-expiration': NOT_OF_REQUESTS,
  'x-oss-last-access-time': NOT_OF_REQUESTS,
  'x-oss-object-restore-priority': NOT_OF_REQUESTS,
  'x-oss-process-status': NOT_OF_REQUESTS,
  'x-oss-quota-delta-size': NOT_OF_REQUESTS,
  'x-oss-replication-rule-id': NOT_OF_REQUESTS,
  'x-oss-request-charged': NOT_OF_REQUESTS,
  'x-oss-sealed-time': NOT_OF_REQUESTS,
  'x-oss-server-time': NOT_OF_REQUESTS,
  'x-oss-tagging-count': NOT_OF_REQUESTS,
  'x-oss-transition-time': NOT_OF_REQUESTS,
  'x-oss-task-id': NOT_OF_REQUESTS,
  'x-oss-bucket-region': NOT_OF_REQUESTS,
  'x-oss-ec': NOT_OF_REQUESTS,
  'x-oss-err': NOT_OF_REQUESTS,
  'x-oss-next-append-position': NOT_OF_REQUESTS,
  'x-oss-object-type': NOT_OF_REQUESTS,
  'x-oss-request-id': NOT_OF_REQUESTS,
  'x-oss-restore': NOT_OF_REQUESTS,
  'x-oss-version-id': NOT_OF_REQUESTS,
  'x-oss-select-': ignored('of SelectObject, which answers 501 as a whole'),
  'x-oss-persistent-headers': ignored('headers that a CDN in front is to keep; there is none'),
};

const LISTING = handled('listings');
const URL_SIGNATURE = handled('carries a signature in a URL');
const OF_DATA_PROCESS = ignored('of searches by contents and of data pipelines, which are refused as a whole');
const OF_TABLES = ignored('of table buckets, which have paths and an endpoint of their own');
const OF_UDF = ignored('of udfApplicationLog, which answers 501 as a whole');

/**
 * Query parameters that name no operation and that V1 does not sign; `SIGNED_PARAMETERS` has those that it signs. Any
 * other name is ignored, as the public service does, unless it begins as protection does or a DELETE has it without a
 * value.
 */
export const REQUEST_PARAMETER_NAMES: Readonly<Record<string, RequestName>> = {
  prefix: LISTING,
  delimiter: LISTING,
  marker: LISTING,
  'max-keys': LISTING,
  'encoding-type': LISTING,
  'list-type': LISTING,
  'start-after': LISTING,
  'fetch-owner': LISTING,
  'key-marker': LISTING,
  'version-id-marker': LISTING,
  'upload-id-marker': LISTING,
  'max-uploads': LISTING,
  'max-parts': LISTING,
  'part-number-marker': LISTING,
  'tag-key': LISTING,
  'tag-value': LISTING,
  'rule-id': handled('of a replication'),
  wait: handled('how long a reader that follows an object waits; elsewhere it asks for nothing'),
  type: handled('what an object is converted to; elsewhere it asks for nothing'),
  bid: ignored('number of an account in the public service’s own console; accounts here have no such number'),
  playlistName: ignored('place in the address of a stream, which the streaming server reads'),
  mode: ignored('of OpenMetaQuery, whose searches answer 501 in every mode'),
  category: handled('PutStyle keeps it'),
  wildcard: ignored('of the token of a domain: tokens here are for the name they are asked for'),
  action: OF_DATA_PROCESS,
  aggregations: OF_DATA_PROCESS,
  clusterType: OF_DATA_PROCESS,
  dataPipelineName: OF_DATA_PROCESS,
  datasetConfig: OF_DATA_PROCESS,
  datasetName: OF_DATA_PROCESS,
  description: OF_DATA_PROCESS,
  maxResults: OF_DATA_PROCESS,
  mediaTypes: OF_DATA_PROCESS,
  name: OF_DATA_PROCESS,
  nextToken: OF_DATA_PROCESS,
  notification: OF_DATA_PROCESS,
  objectId: OF_DATA_PROCESS,
  order: OF_DATA_PROCESS,
  query: OF_DATA_PROCESS,
  role: OF_DATA_PROCESS,
  ruleTypes: OF_DATA_PROCESS,
  rules: OF_DATA_PROCESS,
  simpleQuery: OF_DATA_PROCESS,
  sort: OF_DATA_PROCESS,
  sourceURI: OF_DATA_PROCESS,
  uri: OF_DATA_PROCESS,
  withFields: OF_DATA_PROCESS,
  withStatistics: OF_DATA_PROCESS,
  withoutTotalHits: OF_DATA_PROCESS,
  workflowParameters: OF_DATA_PROCESS,
  continuationToken: OF_TABLES,
  maxBuckets: OF_TABLES,
  maxNamespaces: OF_TABLES,
  maxTables: OF_TABLES,
  namespace: OF_TABLES,
  tableArn: OF_TABLES,
  tableBucketARN: OF_TABLES,
  versionToken: OF_TABLES,
  since: OF_UDF,
  tail: OF_UDF,
  Expires: URL_SIGNATURE,
  OSSAccessKeyId: URL_SIGNATURE,
  Signature: URL_SIGNATURE,
  'x-oss-access-key-id': URL_SIGNATURE,
  'x-oss-additional-headers': URL_SIGNATURE,
  'x-oss-credential': URL_SIGNATURE,
  'x-oss-date': URL_SIGNATURE,
  'x-oss-expires': URL_SIGNATURE,
  'x-oss-security-token': URL_SIGNATURE,
  'x-oss-signature': URL_SIGNATURE,
  'x-oss-signature-version': URL_SIGNATURE,
};
