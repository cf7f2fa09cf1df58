/**
 * The rights that every operation needs which creates or extends an object: for the object itself, and for each thing
 * its headers set beside it.
 */
import { REQUEST_HEADERS } from '@annals/protocol';
import { defaultEncryption } from '../../bucket-configuration/default-encryption.js';
import type { AnyOperation } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { RequiredPermission } from '../../request/required-permission.js';

/** What it takes to make an object that has tags. */
export const PUT_TAGS: RequiredPermission = { action: 'oss:PutObjectTagging', access: 'write' };

/**
 * What it takes to give an object an ACL of its own. No ACL grants it: who may write into a bucket may not therefore
 * open it to everybody, nor take an object from the bucket's readers.
 */
const PUT_ACL: RequiredPermission = { action: 'oss:PutObjectAcl', access: 'owner' };

/**
 * The right to protect an object when it is made. No ACL grants it: an owner that lets strangers write does not let
 * them fill a disk for good.
 */
const PROTECTIONS: readonly (readonly [header: string, right: RequiredPermission])[] = [
  [REQUEST_HEADERS.objectWormMode, { action: 'oss:PutObjectRetention', access: 'owner' }],
  [REQUEST_HEADERS.objectWormLegalHold, { action: 'oss:PutObjectLegalHold', access: 'owner' }],
];

/**
 * `oss:PutObject`; with tags `oss:PutObjectTagging` too, with an ACL, a retention or a legal hold the right to set
 * that, with a KMS key the right to use it.
 */
export function putObjectPermissions(request: OperationRequest): readonly RequiredPermission[] {
  const { headers } = request;
  const rights: RequiredPermission[] = [{ action: 'oss:PutObject', access: 'write' }];
  if (headers.has('x-oss-tagging')) rights.push(PUT_TAGS);
  rights.push(...objectAclPermissions(request));
  for (const [header, right] of PROTECTIONS) if (headers.has(header)) rights.push(right);
  if (headers.get(REQUEST_HEADERS.serverSideEncryption) === 'KMS') {
    rights.push(...kmsPermissions(headers.get(REQUEST_HEADERS.serverSideEncryptionKeyId)));
  }
  return rights;
}

/**
 * The further right where the bucket's default encryption names a key: the right to use it, as if the writer had named
 * it. So a caller that loses the right to a key encrypts nothing with it, also where the bucket names the key.
 * @returns `undefined` where the request takes no default, which is known at once.
 */
export function defaultKeyPermissions(
  row: Pick<AnyOperation, 'choosesEncryption'>,
  request: OperationRequest,
): Promise<readonly RequiredPermission[]> | undefined {
  if (request.bucket === undefined || request.headers.has(REQUEST_HEADERS.serverSideEncryption)) return undefined;
  return row.choosesEncryption?.(request) === true ? permissionsOfDefaultKey(request) : undefined;
}

async function permissionsOfDefaultKey(request: OperationRequest): Promise<readonly RequiredPermission[]> {
  const rule = defaultEncryption(await request.bucketRecord());
  return rule?.keyId === undefined ? [] : kmsPermissions(rule.keyId);
}

/** What the ACL header of an upload takes; `default` is what an object has without it. */
export function objectAclPermissions({ headers }: OperationRequest): readonly RequiredPermission[] {
  const acl = headers.get('x-oss-object-acl');
  return acl === undefined || acl === 'default' ? [] : [PUT_ACL];
}

/**
 * What it takes to have objects encrypted with a named key, as the public service asks for it.
 * @param keyId `undefined`: the default one.
 */
export function kmsPermissions(keyId: string | undefined): readonly RequiredPermission[] {
  return ['kms:GenerateDataKey', 'kms:Decrypt'].map((action) => ({
    action,
    access: 'owner',
    kmsKeyId: keyId ?? '',
  }));
}
