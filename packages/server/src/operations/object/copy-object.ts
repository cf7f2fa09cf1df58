/**
 * CopyObject: `PUT /KEY` with `x-oss-copy-source`. Moves no bytes, whatever the length, unless the copy is to be
 * encrypted otherwise. A copy onto itself, where versions are not kept, changes the object's metadata to what the
 * request says, whatever the directive; ACL, tags and storage class stay unless named, also where it makes a new
 * version. The length limit is that of uploads, because that is what clients know; it is no limit of the copying
 * itself.
 */
import {
  COPY_SOURCE_CONDITION_PREFIX,
  OssError,
  parseAppendStorageClass,
  parseForbidOverwrite,
  parseObjectAcl,
  parseStorageClass,
  REQUEST_HEADERS,
  refuseConditionalWrite,
  renderCopyObjectResult,
} from '@annals/protocol';
import type { CopyInput, CopyOutcome, ObjectAttributes, ObjectHead, ObjectStore } from '@annals/store';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireObject } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import {
  checkCopyConditions,
  copySourceHeaders,
  copySourcePermission,
  copySourceTagsPermission,
  readCopySource,
  refuseDeleteMarkerSource,
} from '../answering/copy-source.js';
import { writtenObjectHeaders } from '../answering/object-response-headers.js';
import { xmlResponse } from '../answering/xml-response.js';
import { PUT_TAGS, putObjectPermissions } from '../reading/put-object-permissions.js';
import { readAttributes } from '../reading/read-attributes.js';
import { readTrafficLimit } from '../reading/traffic-limit.js';
import { refuseVersionId } from '../reading/version-id.js';

interface CopyObjectInput {
  readonly copy: CopyInput;
  /** What it takes to copy the source's tags; empty when the copy gets those of the request. */
  readonly tagPermissions: readonly RequiredPermission[];
}

/** Makes an object of the content of another, without moving its bytes where engines allow: `CopyObject`. */
export const copyObject = defineOperation<'CopyObject', CopyObjectInput, CopyOutcome>({
  name: 'CopyObject',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'Moves no bytes, whatever the length; sources longer than `limits.body-length` are refused with ' +
    '`EntityTooLarge`. From an appendable object: 400 `OperationNotSupported` unless `appendable.copy` allows ' +
    'it; the copy is then Normal. Onto itself, where no versions are kept: ACL, tags and storage class stay ' +
    'unless named, an appendable object stays appendable, and an archived one must be restored first. In a ' +
    'bucket that keeps versions a copy onto itself is a new version, which also keeps ACL and storage class ' +
    'unless named. Replaced metadata keeps the source’s `x-oss-meta-client-side-encryption-*` and Content-Type ' +
    'unless the request names them. A copy source takes no parameter but `versionId`. A plain `If-*` beside an ' +
    'equal `x-oss-copy-source-if-*` is ignored. Copied multipart objects keep type and etag. Tags that are ' +
    'copied take `oss:GetObjectTagging` on the source and `oss:PutObjectTagging`, which ACLs do not give: a ' +
    'copy by a stranger needs a source without tags or the directive Replace. A delete marker named by its id ' +
    'is `InvalidArgument`.',
  choosesEncryption: () => true,
  permissions: (request) => [copySourcePermission(request), ...putObjectPermissions(request)],
  parse: parseCopy,
  async handle({ copy, tagPermissions }, { store }, _request, requirePermission) {
    const copied = await refuseDeleteMarkerSource(copyUnlessTagged(store, copy, tagPermissions.length > 0));
    if (copied !== 'tagged') return copied;
    for (const permission of tagPermissions) await requirePermission(permission);
    return refuseDeleteMarkerSource(store.copyObject(copy));
  },
  render: ({ head, source }) =>
    xmlResponse(renderCopyObjectResult({ etag: head.etag, lastModifiedMs: head.lastModifiedAtMs }), {
      ...writtenObjectHeaders(head),
      ...copySourceHeaders(source),
    }),
});

/**
 * Copies, unless that would take tags along. Whether it would shows only when the source is read, and without tags it
 * takes no right to them.
 * @param isHeld Whether tags hold the copy up at all.
 */
async function copyUnlessTagged(store: ObjectStore, copy: CopyInput, isHeld: boolean): Promise<CopyOutcome | 'tagged'> {
  const tagged = Symbol('tagged');
  try {
    return await store.copyObject({
      ...copy,
      plan(source, isInPlace) {
        const attributes = copy.plan(source, isInPlace);
        // In place they only stay where they are.
        if (isHeld && !isInPlace && Object.keys(source.tags).length > 0) throw tagged;
        return attributes;
      },
    });
  } catch (thrown) {
    if (thrown === tagged) return 'tagged';
    throw thrown;
  }
}

async function parseCopy(request: OperationRequest, { settings }: OperationContext): Promise<CopyObjectInput> {
  refuseVersionId(request);
  // ali-oss sends a condition on the source a second time under its plain name.
  refuseConditionalWrite(
    request.headers,
    (name) => request.headers.get(name) === request.headers.get(`${COPY_SOURCE_CONDITION_PREFIX}${name}`),
  );
  const source = readCopySource(request);
  const target = requireObject(request);
  const isOntoItself = source.bucket === target.bucket && source.key === target.key;
  const replacesMetadata = readDirective(request, REQUEST_HEADERS.metadataDirective) === 'replace';
  const replacesTags = readDirective(request, REQUEST_HEADERS.taggingDirective) === 'replace';
  // Nothing of the bytes passes through this connection; the header is only checked.
  readTrafficLimit(request);
  const bucket = await request.bucketRecord();
  const asked = readAttributes(request, bucket);
  const copy: CopyInput = {
    ...target,
    source,
    forbidOverwrite: parseForbidOverwrite(request.headers.get('x-oss-forbid-overwrite')),
    plan(head, isInPlace) {
      checkCopyConditions(request, head);
      if (!isInPlace) requireCopyableLength(head, settings.limits.bodyLengthBytesMax);
      return {
        ...(isInPlace || replacesMetadata ? replacedMetadata(asked, head) : { system: head.system, user: head.user }),
        tags: replacesTags ? asked.tags : head.tags,
        // Like the ACL it is not copied. In place the store keeps what the bytes are encrypted with.
        ...(asked.encryption !== undefined && { encryption: asked.encryption }),
        ...(asked.retention !== undefined && { retention: asked.retention }),
        ...(asked.legalHold !== undefined && { legalHold: asked.legalHold }),
        ...(isOntoItself ? keptInPlace(request, head) : { acl: asked.acl, storageClass: asked.storageClass }),
      };
    },
  };
  return { copy, tagPermissions: replacesTags ? [] : [copySourceTagsPermission(request), PUT_TAGS] };
}

/** What says how a client decrypts its object: bytes without it are lost. */
const CLIENT_ENCRYPTION_PREFIX = 'client-side-encryption-';

/**
 * The metadata that the request names, and what belongs to the bytes and goes with them: their type, and the envelope
 * of a client's encryption.
 */
function replacedMetadata(asked: ObjectAttributes, source: ObjectHead): Pick<ObjectAttributes, 'system' | 'user'> {
  const envelope = Object.entries(source.user).filter(([name]) => name.startsWith(CLIENT_ENCRYPTION_PREFIX));
  const { contentType } = source.system;
  return {
    system: { ...(contentType !== undefined && { contentType }), ...asked.system },
    user: { ...Object.fromEntries(envelope), ...asked.user },
  };
}

/**
 * ACL and storage class of an object that is copied onto itself: it is still the same object, with other metadata or as
 * a new version.
 */
function keptInPlace({ headers }: OperationRequest, head: ObjectHead): Pick<ObjectAttributes, 'acl' | 'storageClass'> {
  const name = headers.get(REQUEST_HEADERS.storageClass);
  // What still grows cannot lie in the coldest classes.
  const canGrow = head.type === 'appendable' && head.sealedAtMs === undefined;
  const storageClass = canGrow ? parseAppendStorageClass(name) : parseStorageClass(name);
  return {
    acl: parseObjectAcl(headers.get(REQUEST_HEADERS.objectAcl)) ?? head.acl,
    storageClass: storageClass ?? head.storageClass,
  };
}

/** @throws {OssError} `InvalidArgument`. */
function readDirective({ headers }: OperationRequest, name: string): 'copy' | 'replace' {
  const value = headers.get(name);
  const lower = value?.toLowerCase() ?? 'copy';
  if (lower === 'copy' || lower === 'replace') return lower;
  throw new OssError('InvalidArgument', { details: { ArgumentName: name, ArgumentValue: value ?? '' } });
}

function requireCopyableLength({ length }: ObjectHead, lengthMax: number): void {
  if (length <= lengthMax) return;
  throw new OssError('EntityTooLarge', {
    message: 'Source object Length exceeds the maximum allowed size.',
    details: { ProposedSize: String(length), MaxSizeAllowed: String(lengthMax) },
  });
}
