// @ts-check
/**
 * What a person has to say of each operation that the server has: where it is proven, and what a user of the public service would notice.
 * The state itself is never written here: it is read from the server's table. An operation without an entry fails the gate.
 */

const HTTP = 'test/conformance-http';
const VERSIONS = 'packages/store/src/conformance/object-store-versioning.ts';

/** @typedef {{ tests: readonly string[], notes?: string }} CoverageNote */

/** @type {Readonly<Record<string, CoverageNote>>} */
export const COVERAGE_NOTES = {
  ListBuckets: {
    tests: [HTTP],
    notes: 'Only the caller’s buckets. Tag filters (`tag-key`, `tag-value`, `tagging`) are refused with 501.',
  },
  PutBucket: {
    tests: [HTTP],
    notes:
      'No limit of 100 buckets. A repeated PUT compares only what it names. `x-oss-hns-status: enabled` and `x-oss-bucket-tagging` are refused with 501.',
  },
  DeleteBucket: { tests: [HTTP] },
  GetBucketInfo: {
    tests: [HTTP],
    notes: 'Endpoints are the Host the request came to. Without `--region` the location is `oss-annals`.',
  },
  GetBucketLocation: { tests: [HTTP] },
  GetBucketAcl: { tests: [HTTP] },
  PutBucketAcl: { tests: [HTTP], notes: 'A missing `x-oss-acl` is `MissingArgument`.' },
  ListObjects: {
    tests: [HTTP, 'packages/store/src/conformance/object-store-listing.ts'],
    notes:
      'A marker inside a common prefix skips that prefix. Control characters that XML cannot carry come as U+FFFD unless `encoding-type=url` is asked for.',
  },
  ListObjectsV2: { tests: [HTTP, 'packages/store/src/conformance/object-store-listing.ts'], notes: 'As ListObjects.' },
  PutObject: {
    tests: [HTTP],
    notes:
      'Onto an appendable object: 409 `FileAlreadyExists` unless `appendable.overwrite` allows it. An object belongs to the bucket’s owner, whoever wrote it. Server-side encryption headers are refused with 501, never ignored. Callbacks go only to targets of `callback.allow`; `vpcId` and `imageInfo.*` are empty, and `callbackSNI` has no effect (names are always sent and certificates checked).',
  },
  PostObject: {
    tests: [`${HTTP}/post-object.test.ts`, 'test/sdk/form-and-callback.test.ts', 'test/forms'],
    notes:
      'A signature in the head or the URL is checked if there is one, and does not count. V4 policies must fix `x-oss-signature-version`, `x-oss-credential` and `x-oss-date`. `$content-type` is held against the type the object gets. Of a repeated field the first counts; fields in front of the file may have 4 MiB together. A file larger or smaller than the policy allows is `EntityTooLarge` or `EntityTooSmall`. V2 and S3 forms are refused.',
  },
  AppendObject: {
    tests: [HTTP, 'test/samples', 'test/growing', 'test/race', 'test/crash'],
    notes:
      'Only the current version of a key grows; one that became current again, because those after it were removed, grows on. No limit on the number of appends; the length limit is a setting. `x-oss-forbid-overwrite` is validated and has no effect: an append never replaces a byte. Conditional headers are refused as on PutObject. An empty append changes nothing, but an ACL sent with it counts. Server-side encryption headers are refused with 501.',
  },
  SealAppendObject: {
    tests: [HTTP],
    notes:
      'On by default, without a ticket. The answer has `Content-Length: 0`. Sealing again with the right position is idempotent.',
  },
  GetObject: {
    tests: [HTTP, 'test/growing'],
    notes:
      'A range of a growing object belongs to one moment of it. Texts are compressed as documented; the CRC-64 header stays and is of the uncompressed bytes. Archive classes are read directly. `x-oss-process` is refused with 501.',
  },
  HeadObject: { tests: [HTTP], notes: '`Range` and `response-*` have no effect.' },
  GetObjectMeta: { tests: [HTTP, 'test/sdk'], notes: 'Also answered to GET, without a body.' },
  DeleteObject: {
    tests: [HTTP, 'test/sdk', VERSIONS],
    notes:
      'The bytes are freed in the background. In a versioned bucket each deletion without a version id makes a delete marker, also of a key that is hidden or was never there.',
  },
  DeleteMultipleObjects: {
    tests: [HTTP],
    notes:
      'A missing `Content-MD5` is accepted. An anonymous batch is refused whole when one of its objects is protected by its own ACL.',
  },
  PutObjectAcl: { tests: [HTTP, 'test/sdk'] },
  GetObjectAcl: { tests: [HTTP, 'test/sdk'] },
  ListObjectVersions: {
    tests: [HTTP, 'test/sdk', VERSIONS],
    notes:
      'In a page all `Version` elements stand before all `DeleteMarker` elements; the order among each is that of the listing. A bucket that was never versioned lists its objects with the version id `null`.',
  },
  PutObjectTagging: {
    tests: [HTTP, 'test/sdk'],
    notes: 'Only the bucket’s owner and policies allow it, never an ACL.',
  },
  GetObjectTagging: { tests: [HTTP, 'test/sdk'], notes: 'As PutObjectTagging.' },
  DeleteObjectTagging: { tests: [HTTP, 'test/sdk'], notes: 'As PutObjectTagging.' },
  PutSymlink: {
    tests: [HTTP, 'test/sdk'],
    notes:
      'The target is a key of the same bucket and is not looked at. Onto an appendable object as PutObject. The etag is the MD5 of the target’s name. Without `x-oss-symlink-target`: `MissingArgument`.',
  },
  GetSymlink: {
    tests: [HTTP, 'test/sdk'],
    notes:
      'A link is followed once, to the current version of its target, and only for a reader who may read the target too (`oss:GetObject`).',
  },
};
