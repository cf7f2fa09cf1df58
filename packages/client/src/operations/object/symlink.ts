/** PutSymlink and GetSymlink: an object that stands for another one. Reading and looking follow it. */
import { percentDecode, percentEncode, unquoteEtag } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { optionalHeader, required } from '../../connection/response-headers.js';
import { attributeHeaders, type ObjectAttributes } from './object-attributes.js';
import { readMetadata } from './object-head.js';
import {
  nameTarget,
  type ObjectTarget,
  type VersionResult,
  type VersionTarget,
  versionQuery,
} from './object-target.js';

/** The link to make. */
export interface PutSymlinkInput extends ObjectTarget, ObjectAttributes {
  /** A key of the same bucket. Whether it exists shows when the link is read. */
  readonly target: string;
  /** Refuse to replace an object that exists. Default false. */
  readonly forbidOverwrite?: boolean;
}

/** A link, whatever it leads to. */
export interface GetSymlinkResult extends VersionResult {
  /** A key of the same bucket. */
  readonly target: string;
  /** Of the link. */
  readonly etag: string;
  /** Of the link; names lower-case, without prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Makes a link, or points an object at another one.
 * @throws {OssServiceError} `FileAlreadyExists` with `forbidOverwrite` or onto an appendable object, `NoSuchBucket`,
 * `InvalidObjectName` for a target that no object can have.
 */
export async function putSymlink(connection: Connection, input: PutSymlinkInput): Promise<VersionResult> {
  const { response } = await connection.sendForHeaders({
    ...input,
    action: `link ${nameTarget(input)} to oss://${input.bucket}/${input.target}`,
    method: 'PUT',
    query: [['symlink', '']],
    headers: {
      ...attributeHeaders(input),
      'x-oss-symlink-target': percentEncode(input.target),
      ...(input.forbidOverwrite === true && { 'x-oss-forbid-overwrite': 'true' }),
    },
    repeat: input.forbidOverwrite === true ? 'when-not-applied' : 'always',
  });
  return optionalHeader(response.headers, 'x-oss-version-id', 'versionId');
}

/**
 * Reads where a link leads.
 * @throws {OssServiceError} `NotSymlink`, `NoSuchKey`, `NoSuchVersion`.
 */
export async function getSymlink(connection: Connection, input: VersionTarget): Promise<GetSymlinkResult> {
  const action = `read the link ${nameTarget(input)}`;
  const { response } = await connection.sendForHeaders({
    ...input,
    action,
    method: 'GET',
    query: [['symlink', ''], ...versionQuery(input)],
  });
  const { headers } = response;
  const decoded = percentDecode(required(headers.get('x-oss-symlink-target'), 'target', action, 'not-applied'));
  return {
    target: required('text' in decoded ? decoded.text : undefined, 'target', action, 'not-applied'),
    etag: unquoteEtag(required(headers.get('etag'), 'ETag', action, 'not-applied')),
    metadata: readMetadata(headers),
    ...optionalHeader(headers, 'x-oss-version-id', 'versionId'),
  };
}
