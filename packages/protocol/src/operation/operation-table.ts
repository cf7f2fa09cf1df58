/**
 * Every operation of the protocol: how a request for it looks and which permission it takes.
 *
 * The table names operations whether or not a server has them: a request for one that is missing must be refused, never
 * mistaken for a plain read or write of the object. The rows stand in one file for each family. Leaves out the choice
 * among them (`identify-operation.ts`).
 */
import { BUCKET_OPERATIONS } from './bucket-operations.js';
import { BUCKET_SERVICE_OPERATIONS } from './bucket-service-operations.js';
import { OBJECT_OPERATIONS } from './object-operations.js';
import type { OperationRow } from './operation-row.js';
import { SERVICE_OPERATIONS } from './service-operations.js';
import { UPLOAD_OPERATIONS } from './upload-operations.js';

/** The families. A name stands in one of them only; a test looks. */
const table = {
  ...SERVICE_OPERATIONS,
  ...BUCKET_OPERATIONS,
  ...BUCKET_SERVICE_OPERATIONS,
  ...OBJECT_OPERATIONS,
  ...UPLOAD_OPERATIONS,
} as const;

/** Name of an operation. */
export type OperationName = keyof typeof table;

/** Every operation, by name: each has a row of its own. */
export const OPERATIONS: { readonly [Name in OperationName]: OperationRow } = table;

/** Names of every operation, in the order of the table. */
export const OPERATION_NAMES: readonly OperationName[] = Object.keys(table).filter(isOperationName);

/**
 * Tells whether a text names an operation.
 * @param text Any text.
 */
export function isOperationName(text: string): text is OperationName {
  return Object.hasOwn(table, text);
}

/**
 * Sub-resource keys that clients sign or send and that therefore mean something to the public service, but for which no
 * request is documented well enough to be a row, or which belong to a product that is not here. A request with one is
 * `unknown`; it is never taken for a plain read or write.
 */
export const UNDOCUMENTED_SUB_RESOURCES: readonly string[] = [
  'objectInfo',
  'img',
  'qos',
  'processConfiguration',
  'udf',
  'udfImage',
  'udfImageDesc',
  'udfApplication',
  'udfApplicationLog',
  'vpcip',
  'vip',
  'regionList',
  'group',
  'link',
  'withHashContext',
  'responseHeader',
  'udfName',
  'udfId',
  // Products beside buckets and objects, as the newer SDKs know them: each has operations of its own, none of which is
  // here.
  'accessPointForObjectProcess',
  'accessPointConfigForObjectProcess',
  'accessPointPolicyForObjectProcess',
  'agenticBucket',
  'bucketSpace',
  'dataPipeline',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'quota',
  'deleteVectorIndex',
  'deleteVectors',
  'getVectorIndex',
  'getVectors',
  'listVectorIndexes',
  'listVectors',
  'putVectorIndex',
  'putVectorIndexFusion',
  'putVectors',
  'queryVectors',
  'queryVectorsFusion',
  // Digests of a resumed upload.
  'x-oss-enable-md5',
  'x-oss-enable-sha1',
  'x-oss-enable-sha256',
  'x-oss-hash-ctx',
  'x-oss-md5-ctx',
  // They restrict who may use a signed URL: a request that asks for protection is not served without it.
  'x-oss-ac-source-ip',
  'x-oss-ac-subnet-mask',
  'x-oss-ac-vpc-id',
  'x-oss-ac-forward-allow',
];
