// @ts-check
/**
 * The steps that every client of this server goes through. A program reports each of them, in any order, as passed,
 * failed or not in its SDK; a step it leaves out counts as failed. What is written under `holds` is what the programs
 * assert.
 */

/** @typedef {{ id: string, title: string, holds: string }} Step */

/** @type {readonly Step[]} */
export const scenario = [
  step('sample', 'Program of the documents', 'makes the calls of the sample; the object then has exactly the bytes'),
  step('create-bucket', 'Create bucket', 'a new bucket is made, is listed, and is deleted again'),
  step('append-1', 'First append', 'with metadata, ACL, storage class and MD5; next position and contents are right'),
  step('append-2', 'Second append', 'at the next position; contents are both pieces'),
  step(
    'append-3',
    'Third append',
    'with the CRC check on where the SDK has one; metadata, ACL and class are as at first',
  ),
  step('append-sse', 'Append, encrypted', 'AES256 asked for on the first append is told by HEAD; contents are right'),
  step('append-tagging', 'Append, tagged', 'tags given on the first append are read back'),
  step(
    'append-wrong-position',
    'Wrong position',
    "the SDK's own error says PositionNotEqualToLength and the next position",
  ),
  step('append-to-normal', 'Append to a normal object', 'refused as ObjectNotAppendable, contents unchanged'),
  step('append-empty', 'Append of nothing', 'makes an empty appendable object, then changes nothing'),
  step('append-64mib', 'Append of 64 MiB', 'progress reaches the end; length and CRC-64 are right'),
  step('seal', 'Seal', 'a sealed object is readable and refuses appends'),
  step('overwrite-appendable', 'Overwrite an appendable', 'refused as FileAlreadyExists, contents unchanged'),
  step('copy-appendable', 'Copy an appendable', 'refused as OperationNotSupported'),
  step('head', 'HEAD', 'length, type, ETag, next position and metadata of an appendable object'),
  step('get', 'GET', 'contents; a missing key is NoSuchKey'),
  step('range', 'GET of a range', 'exactly the bytes asked for'),
  step('list', 'List', 'key, size and type of normal and appendable objects; prefix and delimiter'),
  step('put', 'Put', 'contents, ETag and content type'),
  step('multipart', 'Multipart upload', 'three parts become one object of type Multipart'),
  step(
    'multipart-resume',
    'Multipart, resumed',
    'an upload broken off after its first parts is finished without sending them again',
  ),
  step('copy', 'Copy', 'of a normal object'),
  step('delete-many', 'Delete many', 'three keys in one request, one of them missing'),
  step('presigned-put', 'Presigned PUT', 'a URL of the SDK, sent without any SDK'),
  step('presigned-get', 'Presigned GET', 'a URL of the SDK, sent without any SDK'),
  step('presigned-append', 'Presigned append', 'a URL of the SDK, sent without any SDK'),
  step('sts', 'STS', 'temporary credentials append and read; without their token they are refused'),
  step('policy-denial', 'Denied by policy', 'a user who may only read gets AccessDenied for an append'),
  step('versioning', 'Versioning', 'an old version is read by its id; a delete leaves a marker'),
  step('tagging', 'Tagging', 'set, read, deleted'),
  step('symlink', 'Symlink', 'made, read as a link, followed'),
  step('lifecycle', 'Lifecycle', 'rules set, read as they were set, deleted'),
  step('cors', 'CORS', 'rules set, read as they were set, deleted'),
  step('bucket-policy', 'Bucket policy', 'set, read as it was set, deleted'),
];

/**
 * @param {string} id
 * @param {string} title
 * @param {string} holds
 * @returns {Step}
 */
export function step(id, title, holds) {
  return { id, title, holds };
}
