/** GetBucketAcl and PutBucketAcl: who may read or write in a bucket. */
import { type BucketAcl, isBucketAcl, parseAccessControlPolicy } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { required } from '../../connection/response-headers.js';
import type { BucketTarget } from './bucket-target.js';

/** The bucket whose ACL to set. */
export interface PutBucketAclInput extends BucketTarget {
  readonly acl: BucketAcl;
}

/** Who may read or write in a bucket. */
export interface BucketAclResult {
  readonly acl: BucketAcl;
  readonly ownerId: string;
}

/**
 * Reads the ACL of a bucket.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export function getBucketAcl(connection: Connection, input: BucketTarget): Promise<BucketAclResult> {
  const action = `read the ACL of oss://${input.bucket}`;
  return connection.sendForDocument({ ...input, action, method: 'GET', query: [['acl', '']] }, (document) => {
    const { grant, owner } = parseAccessControlPolicy(document);
    const acl = isBucketAcl(grant) ? grant : undefined;
    return { acl: required(acl, 'Grant', action, 'not-applied'), ownerId: owner.id };
  });
}

/**
 * Sets the ACL of a bucket. The protocol makes a bucket of a name that is free.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export async function putBucketAcl(connection: Connection, input: PutBucketAclInput): Promise<void> {
  await connection.sendForHeaders({
    ...input,
    action: `set the ACL of oss://${input.bucket}`,
    method: 'PUT',
    query: [['acl', '']],
    headers: { 'x-oss-acl': input.acl },
    repeat: 'always',
  });
}
