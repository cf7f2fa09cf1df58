/** GetObjectTagging, PutObjectTagging and DeleteObjectTagging: the tags of an object. */
import { contentMd5Of, parseTagging, renderTagging, type Tag } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { optionalHeader } from '../../connection/response-headers.js';
import { nameTarget, type VersionResult, type VersionTarget, versionQuery } from './object-target.js';

/** The object whose tags to set. */
export interface PutObjectTagsInput extends VersionTarget {
  /** At most 10; they replace all there are. */
  readonly tags: readonly Tag[];
}

/**
 * Reads the tags of an object; none is an empty list.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchVersion`, `AccessDenied`.
 */
export function getObjectTags(connection: Connection, input: VersionTarget): Promise<readonly Tag[]> {
  const action = `read the tags of ${nameTarget(input)}`;
  const query = [['tagging', ''] as const, ...versionQuery(input)];
  return connection.sendForDocument({ ...input, action, method: 'GET', query }, (document) => parseTagging(document));
}

/**
 * Replaces the tags of an object.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchVersion`, `InvalidTag`, `BadRequest` (more than 10), `AccessDenied`.
 */
export async function putObjectTags(connection: Connection, input: PutObjectTagsInput): Promise<VersionResult> {
  const document = renderTagging(input.tags);
  const { response } = await connection.sendForHeaders({
    ...input,
    action: `set the tags of ${nameTarget(input)}`,
    method: 'PUT',
    query: [['tagging', ''], ...versionQuery(input)],
    headers: { 'content-type': 'application/xml', 'content-md5': contentMd5Of(document) },
    body: document,
    repeat: 'always',
  });
  return optionalHeader(response.headers, 'x-oss-version-id', 'versionId');
}

/**
 * Removes all tags of an object.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchVersion`, `AccessDenied`.
 */
export async function deleteObjectTags(connection: Connection, input: VersionTarget): Promise<VersionResult> {
  const { response } = await connection.sendForHeaders({
    ...input,
    action: `remove the tags of ${nameTarget(input)}`,
    method: 'DELETE',
    query: [['tagging', ''], ...versionQuery(input)],
    repeat: 'always',
  });
  return optionalHeader(response.headers, 'x-oss-version-id', 'versionId');
}
