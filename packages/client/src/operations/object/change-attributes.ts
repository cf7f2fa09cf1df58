/**
 * Changes what is said of an object (type, metadata, cache control and the like) by a copy onto itself; its bytes stay
 * where they are.
 */
import { pickCallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { type CopyObjectResult, copyObject } from './copy-object.js';
import { headObject } from './head-object.js';
import { type ContentAttributes, pickContentAttributes } from './object-attributes.js';
import type { VersionTarget } from './object-target.js';

/** What to change. */
export interface ChangeAttributesInput extends VersionTarget, ContentAttributes {}

/**
 * Replaces the attributes that are given, `metadata` as a whole, and keeps the others, tags and ACL included. Another
 * change in between ends the call with `PreconditionFailed` rather than be undone. In a versioned bucket it makes a new
 * version. The public service makes a Normal object of an appendable one; Annals keeps it appendable.
 * @throws {OssServiceError} `NoSuchKey`, `PreconditionFailed`, `EntityTooLarge` (more than 5 GiB).
 */
export async function changeAttributes(
  connection: Connection,
  input: ChangeAttributesInput,
): Promise<CopyObjectResult> {
  const { bucket, key, versionId } = input;
  const options = pickCallOptions(input);
  const { etag, ...head } = await headObject(connection, {
    ...{ ...options, bucket, key },
    ...(versionId !== undefined && { versionId }),
  });
  return copyObject(connection, {
    ...{ ...options, bucket, key },
    source: { bucket, key, ...(versionId !== undefined && { versionId }) },
    sourceConditions: etag === undefined ? {} : { ifMatch: etag },
    ...pickContentAttributes(head),
    ...pickContentAttributes(input),
    replaceAttributes: true,
  });
}
