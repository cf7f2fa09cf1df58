/** Put-, Get-, List- and DeleteBucketInventory: `?inventory`. Kept and given back; no inventory is ever written. */
import {
  invalidArgument,
  isBucketName,
  OssError,
  parsePlainConfiguration,
  renderXml,
  withLowerCaseFlags,
  type XmlContent,
} from '@annals/protocol';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { findBucket } from '../../bucket-configuration/find-bucket.js';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { xmlResponse } from '../answering/xml-response.js';
import { deleteNamed, getNamed, type NamedKind, putNamed } from '../configuring/named-configuration.js';
import { kmsPermissions } from '../reading/put-object-permissions.js';

const INVENTORY: NamedKind = {
  member: 'inventory',
  parameter: 'inventoryId',
  id: /^[A-Za-z0-9_-]{1,64}$/,
  missing: 'NoSuchInventory',
  countMax: 1000,
};
const PAGE_COUNT_MAX = 100;

/** Keeps one inventory configuration: `PutBucketInventory`. */
export const putBucketInventory = putNamed(
  {
    name: 'PutBucketInventory',
    effect: 'kept',
    remark: 'No inventory is written. A destination must be `acs:oss:::BUCKET` of a bucket that exists.',
  },
  INVENTORY,
  parseInventory,
  (content) => content,
  destinationPermissions,
  requireDestination,
);

/** Shows one inventory configuration: `GetBucketInventory`. */
export const getBucketInventory = getNamed({ name: 'GetBucketInventory', effect: 'kept' }, INVENTORY, (content) =>
  renderXml('InventoryConfiguration', withLowerCaseFlags(content)),
);

/** Removes one inventory configuration: `DeleteBucketInventory`. */
export const deleteBucketInventory = deleteNamed({ name: 'DeleteBucketInventory', effect: 'kept' }, INVENTORY);

interface ListInventoryInput {
  readonly bucket: string;
  /** The last id of the page before; empty for the first page. */
  readonly after: string;
}

/** Lists inventory configurations in pages: `ListBucketInventory`. */
export const listBucketInventory = defineOperation<
  'ListBucketInventory',
  ListInventoryInput,
  readonly (readonly [string, XmlContent])[]
>({
  name: 'ListBucketInventory',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: (request) => ({
    bucket: requireBucket(request),
    after: request.query.get('continuation-token') ?? '',
  }),
  async handle({ bucket, after }, { store }) {
    const all = Object.entries(configurationsOf(await store.getBucket(bucket)).inventory ?? {});
    if (all.length === 0) throw new OssError('NoSuchInventory', { details: { BucketName: bucket } });
    // One more than a page tells whether there is another.
    return all
      .filter(([id]) => id > after)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .slice(0, PAGE_COUNT_MAX + 1);
  },
  render(found, { after }) {
    const page = found.slice(0, PAGE_COUNT_MAX);
    const isTruncated = found.length > page.length;
    return xmlResponse(
      renderXml('ListInventoryConfigurationsResult', {
        ContinuationToken: after,
        InventoryConfiguration: page.map(([, content]) => withLowerCaseFlags(content)),
        IsTruncated: isTruncated,
        NextContinuationToken: isTruncated ? page.at(-1)?.[0] : undefined,
      }),
    );
  },
});

/** None is written today; but who may not write there must not be the one who says that somebody shall. */
function destinationPermissions(content: XmlContent): readonly RequiredPermission[] {
  const destination = destinationOf(content);
  const name = bucketOf(destination);
  if (name === undefined) return [];
  const kmsKeyId = textOf(contentOf(contentOf(destination?.Encryption)?.['SSE-KMS'])?.KeyId);
  return [
    { action: 'oss:PutObject', access: 'write', bucket: name, key: `${textOf(destination?.Prefix)}/` },
    ...(kmsKeyId === '' ? [] : kmsPermissions(kmsKeyId)),
  ];
}

function destinationOf(content: XmlContent): XmlContent | undefined {
  return contentOf(contentOf(content.Destination)?.OSSBucketDestination);
}

/** @returns The destination's bucket, which the document names as a resource; `undefined` where it names none. */
function bucketOf(destination: XmlContent | undefined): string | undefined {
  if (destination?.Bucket === undefined) return undefined;
  return /^acs:oss:::([^:/]+)$/.exec(textOf(destination.Bucket))?.[1];
}

/** @throws {OssError} `InvalidArgument` for a destination that is no bucket of this server. */
async function requireDestination(content: XmlContent, { store }: OperationContext): Promise<void> {
  const name = bucketOf(destinationOf(content));
  if (name === undefined || (isBucketName(name) && (await findBucket(store, name)) !== undefined)) return;
  throw invalidArgument('Bucket', `acs:oss:::${name}`, 'The destination bucket of the inventory does not exist.');
}

function contentOf(value: XmlContent[string] | undefined): XmlContent | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as XmlContent) : undefined;
}

function textOf(value: XmlContent[string] | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}

function parseInventory(document: Uint8Array, id: string): XmlContent {
  const content = parsePlainConfiguration(document, 'InventoryConfiguration');
  if (content.Id !== id) {
    throw new OssError('InvalidArgument', {
      message: 'The Id of the document and the inventoryId of the request differ.',
      details: { ArgumentName: 'inventoryId', ArgumentValue: id },
    });
  }
  const given = destinationOf(content)?.Bucket;
  if (given !== undefined && bucketOf(destinationOf(content)) === undefined) {
    throw invalidArgument('Bucket', textOf(given), 'The destination must be written as acs:oss:::BUCKET.');
  }
  return content;
}
