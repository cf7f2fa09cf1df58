/**
 * Headers that ask for protection, for a condition or for something to be kept with the bytes, and the operations that
 * read them. An operation that does not read one refuses it: 200 would say that it was done. Leaves out values
 * (`header/`) and options that protect nothing (`request-names.ts`).
 */
import type { OperationName } from './operation-table.js';

/** Where one such header counts. */
export interface ProtectionRow {
  /** Operations that read it; each checks its value. */
  readonly readBy: readonly OperationName[];
  /** Operations that leave it alone on purpose, with the reason. */
  readonly ignoredBy?: Partial<Readonly<Record<OperationName, string>>>;
  /**
   * Operations on objects that take it where it says what the bucket has anyway: ossfs sends the ACL of its bucket with
   * every write.
   */
  readonly ofBucketBy?: readonly OperationName[];
}

const CREATING = ['PutObject', 'CopyObject', 'AppendObject', 'PostObject', 'InitiateMultipartUpload'] as const;
const LINKING = [...CREATING, 'PutSymlink'] as const;
const COPYING = ['CopyObject', 'UploadPartCopy'] as const;
const READING = ['GetObject', 'HeadObject', 'FollowObject'] as const;

const REPEATED = 'ali-oss repeats the headers of an upload with its parts; they count where the upload begins';
const LISTENING = 'Go V1 gives every option of an upload to its beginning; the call is made at its end';
const PASSED_ON =
  'Go V1 and ossfs give the options of a copy to the beginning of the upload; its parts name the source';
const NO_VALIDATOR = 'the answer has no validator (RFC 9110, 13.2.1)';

const ON_PARTS = { UploadPart: REPEATED, UploadPartCopy: REPEATED } as const;
const ON_PARTS_AND_END = { ...ON_PARTS, CompleteMultipartUpload: REPEATED } as const;
const ON_BEGINNING = { InitiateMultipartUpload: PASSED_ON } as const;

const ENCRYPTION: ProtectionRow = { readBy: ['PutBucket', ...CREATING] };
const OBJECT_WORM: ProtectionRow = { readBy: LINKING, ignoredBy: ON_PARTS_AND_END };
const CALLBACK: ProtectionRow = {
  readBy: ['PutObject', 'PostObject', 'CompleteMultipartUpload', 'AppendObject'],
  ignoredBy: { ...ON_PARTS, InitiateMultipartUpload: LISTENING },
};
const CONDITION: ProtectionRow = { readBy: [...READING, ...LINKING, 'ConvertObject'] };
const COPY_CONDITION: ProtectionRow = { readBy: COPYING, ignoredBy: ON_BEGINNING };

/** The headers, in lower case. `if-*` on a read that has no validator is ignored besides. */
export const PROTECTION_HEADERS: Readonly<Record<string, ProtectionRow>> = {
  'x-oss-server-side-encryption': ENCRYPTION,
  'x-oss-server-side-encryption-key-id': ENCRYPTION,
  'x-oss-server-side-data-encryption': ENCRYPTION,
  'x-oss-acl': { readBy: ['PutBucket', 'PutBucketAcl'], ofBucketBy: LINKING },
  'x-oss-object-acl': { readBy: [...LINKING, 'CompleteMultipartUpload', 'PutObjectAcl'], ignoredBy: ON_PARTS },
  'x-oss-object-worm-mode': OBJECT_WORM,
  'x-oss-object-worm-retain-until-date': OBJECT_WORM,
  'x-oss-object-worm-legal-hold': OBJECT_WORM,
  'x-oss-forbid-overwrite': { readBy: [...LINKING, 'CompleteMultipartUpload'], ignoredBy: ON_PARTS },
  'x-oss-storage-class': { readBy: LINKING, ignoredBy: ON_PARTS },
  'x-oss-tagging': { readBy: LINKING, ignoredBy: ON_PARTS_AND_END },
  'x-oss-bucket-tagging': { readBy: ['PutBucket'] },
  'x-oss-hash-crc64ecma': { readBy: ['PutObject', 'AppendObject', 'PostObject', 'UploadPart'] },
  'x-oss-callback': CALLBACK,
  'x-oss-callback-var': CALLBACK,
  'x-oss-copy-source': { readBy: COPYING, ignoredBy: ON_BEGINNING },
  'x-oss-copy-source-range': { readBy: ['UploadPartCopy'], ignoredBy: ON_BEGINNING },
  'x-oss-copy-source-if-match': COPY_CONDITION,
  'x-oss-copy-source-if-none-match': COPY_CONDITION,
  'x-oss-copy-source-if-modified-since': COPY_CONDITION,
  'x-oss-copy-source-if-unmodified-since': COPY_CONDITION,
  'if-match': CONDITION,
  'if-none-match': CONDITION,
  'if-modified-since': {
    readBy: CONDITION.readBy.filter((name) => name !== 'InitiateMultipartUpload'),
    ignoredBy: ON_BEGINNING,
  },
  'if-unmodified-since': CONDITION,
};

/** Query parameters that ask for the same. */
export const PROTECTION_PARAMETERS: Readonly<Record<string, ProtectionRow>> = {
  callback: CALLBACK,
  'callback-var': CALLBACK,
  'x-oss-callback': CALLBACK,
  'x-oss-callback-var': CALLBACK,
};

/**
 * Beginnings of names that ask for protection. An unknown header or parameter that begins so is refused, whatever the
 * operation: keys of the customer (`x-oss-server-side-encryption-customer-key`), conditions and bindings that are yet
 * to be invented.
 */
export const PROTECTION_PREFIXES: readonly string[] = [
  'x-oss-server-side-',
  'x-oss-object-worm-',
  'x-oss-worm-',
  'x-oss-retention',
  'x-oss-legal-hold',
  'x-oss-object-acl',
  'x-oss-acl',
  'x-oss-grant-',
  'x-oss-callback',
  // Not all of `x-oss-copy-source-`: ali-oss repeats every header of a copy behind it.
  'x-oss-copy-source-if-',
  'x-oss-forbid-',
  'x-oss-if-',
  'x-oss-ac-',
  'x-oss-hash-',
  'x-oss-enable-md5',
  'x-oss-enable-sha',
  'x-oss-md5-ctx',
  // A bucket asked for inside another is none that stands alone.
  'x-oss-agentic-',
];

/** What becomes of a name in a request for one operation. */
export type ProtectionOutcome = 'read' | 'ignored' | 'of bucket' | 'unread' | 'unknown' | 'no protection';

/** Where a name stands. `field`: of a form, whose fields are the headers of the object. */
export type NamePlace = 'header' | 'field' | 'parameter';

/**
 * Says what an operation makes of a header or a query parameter.
 * @param name In lower case.
 * @param isSafe Whether the request is a GET or a HEAD.
 * @returns `of bucket`: good if the bucket has this value. `unread`: asks for something this operation does not do.
 *   `unknown`: asks for something unknown.
 */
export function protectionOutcome(
  operation: OperationName,
  place: NamePlace,
  name: string,
  isSafe: boolean,
): ProtectionOutcome {
  const row = rowOf(place === 'parameter' ? PROTECTION_PARAMETERS : PROTECTION_HEADERS, name);
  if (row === undefined) {
    if (place === 'parameter' && rowOf(PROTECTION_HEADERS, name) !== undefined) return 'unread';
    return PROTECTION_PREFIXES.some((prefix) => name.startsWith(prefix)) ? 'unknown' : 'no protection';
  }
  // A form gives the headers of its object as fields; those of the request are for the request.
  const isOfForm = place === 'header' && operation === 'PostObject' && name.startsWith('x-oss-') && row !== CALLBACK;
  if (isOfForm) return 'unread';
  if (row.readBy.includes(operation)) return 'read';
  if (row.ignoredBy?.[operation] !== undefined) return 'ignored';
  if (row.ofBucketBy?.includes(operation)) return 'of bucket';
  return isSafe && name.startsWith('if-') ? 'ignored' : 'unread';
}

function rowOf(rows: Readonly<Record<string, ProtectionRow>>, name: string): ProtectionRow | undefined {
  return Object.hasOwn(rows, name) ? rows[name] : undefined;
}

/** Why a condition on a read without a validator is ignored. */
export const IGNORED_CONDITION_REASON = NO_VALIDATOR;
