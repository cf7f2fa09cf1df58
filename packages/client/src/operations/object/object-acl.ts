/** GetObjectAcl and PutObjectAcl: who may read or write an object. */
import { isObjectAcl, type ObjectAcl, parseAccessControlPolicy } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { optionalHeader, required } from '../../connection/response-headers.js';
import { nameTarget, type VersionResult, type VersionTarget, versionQuery } from './object-target.js';

/** The object whose ACL to set. */
export interface PutObjectAclInput extends VersionTarget {
  /** `default` means that of the bucket. */
  readonly acl: ObjectAcl;
}

/** Who may read or write an object. */
export interface ObjectAclResult {
  readonly acl: ObjectAcl;
  readonly ownerId: string;
}

/**
 * Reads the ACL of an object.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchVersion`, `AccessDenied`.
 */
export function getObjectAcl(connection: Connection, input: VersionTarget): Promise<ObjectAclResult> {
  const action = `read the ACL of ${nameTarget(input)}`;
  const query = [['acl', ''] as const, ...versionQuery(input)];
  return connection.sendForDocument({ ...input, action, method: 'GET', query }, (document) => {
    const { grant, owner } = parseAccessControlPolicy(document);
    const acl = isObjectAcl(grant) ? grant : undefined;
    return { acl: required(acl, 'Grant', action, 'not-applied'), ownerId: owner.id };
  });
}

/**
 * Sets the ACL of an object.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchVersion`, `AccessDenied`.
 */
export async function putObjectAcl(connection: Connection, input: PutObjectAclInput): Promise<VersionResult> {
  const { response } = await connection.sendForHeaders({
    ...input,
    action: `set the ACL of ${nameTarget(input)}`,
    method: 'PUT',
    query: [['acl', ''], ...versionQuery(input)],
    headers: { 'x-oss-object-acl': input.acl },
    repeat: 'always',
  });
  return optionalHeader(response.headers, 'x-oss-version-id', 'versionId');
}
