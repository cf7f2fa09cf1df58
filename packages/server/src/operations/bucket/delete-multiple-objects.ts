/**
 * DeleteMultipleObjects: `POST /?delete`. Each key is deleted by itself; keys that are not there count as deleted.
 * `Content-MD5` is checked when sent but not demanded: a signed request over a whole connection gains nothing from it.
 */
import {
  type DeletedObject,
  type DeleteObjectsRequest,
  type EncodingType,
  LIMITS,
  lazily,
  OssError,
  parseEncodingType,
  parseLengthenedMd5,
  parseLongDeleteObjectsRequest,
  readBypassGovernance,
  renderDeleteObjectsResult,
  validateObjectKey,
} from '@annals/protocol';
import type { DeleteOutcome, DeleteTarget } from '@annals/store';
import { heavyTurn } from '../../limits/heavy-turn.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { longXmlResponse } from '../answering/xml-response.js';
import { bypassPermissions } from '../reading/bypass-governance.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { deletionPermission } from '../reading/deletion-permission.js';
import { validateVersionId } from '../reading/version-id.js';

const MALFORMED_EC = '0016-00000608';

interface DeleteMultipleObjectsInput {
  readonly bucket: string;
  readonly targets: readonly DeleteTarget[];
  readonly isQuiet: boolean;
  readonly encodingType: EncodingType | undefined;
}

/** Removes up to 1,000 objects or versions in one request: `DeleteMultipleObjects`. */
export const deleteMultipleObjects = defineOperation<
  'DeleteMultipleObjects',
  DeleteMultipleObjectsInput,
  readonly DeleteOutcome[]
>({
  name: 'DeleteMultipleObjects',
  effect: 'works',
  anonymous: 'if granted',
  changesRules: false,
  remark:
    'A missing `Content-MD5` is accepted, and one of 20 bytes whose first 16 are right (C SDK). An anonymous ' +
    'batch is refused whole when one of its objects is protected by its own ACL, or named with a version id.',
  // Which keys it is about stands in the body.
  permissions: () => [],
  bodyPermissions: ({ targets }, request) => {
    const bypass = bypassPermissions(request);
    return targets.flatMap((target) =>
      [deletionPermission(target.versionId !== undefined), ...bypass].map(onKeyOf(target)),
    );
  },
  async parse(request) {
    const encodingType = parseEncodingType(request.query.get('encoding-type'));
    const { objects, isQuiet } = await parseDocument(await readDocument(request));
    for (const { key, versionId } of objects) {
      validateObjectKey(key);
      if (versionId !== undefined) validateVersionId(versionId);
    }
    const bypassesGovernance = readBypassGovernance(request.headers);
    const targets = objects.map((object) => ({ ...object, bypassesGovernance }));
    return { bucket: requireBucket(request), targets, isQuiet, encodingType };
  },
  async handle({ bucket, targets }, { store }) {
    const outcomes = await store.deleteObjects(bucket, targets);
    for (const { failure } of outcomes) {
      // The answer has no place for single failures. Deleting again is harmless, so the caller may repeat the whole
      // batch.
      if (failure !== undefined) throw failure;
    }
    return outcomes;
  },
  render(outcomes, { isQuiet, encodingType }) {
    if (isQuiet) return { status: 200, headers: {} };
    return longXmlResponse(
      renderDeleteObjectsResult({
        deleted: lazily(outcomes, describeDeletion),
        ...(encodingType !== undefined && { encodingType }),
      }),
    );
  },
});

function readDocument(request: OperationRequest): Promise<Uint8Array> {
  if (!request.body.announced) throw new OssError('MissingContentLength');
  return readConfigurationDocument(request, {
    lengthBytesMax: LIMITS.deleteBodyLengthBytesMax,
    ec: MALFORMED_EC,
    parseDigest: parseLengthenedMd5,
  });
}

/** The document says what is wrong with its content; here also what is not even XML gets the operation's EC. */
async function parseDocument(document: Uint8Array): Promise<DeleteObjectsRequest> {
  try {
    return await parseLongDeleteObjectsRequest(document, heavyTurn);
  } catch (error) {
    if (!(error instanceof OssError) || error.code !== 'MalformedXML') throw error;
    const { details, isUnreadable } = error;
    throw new OssError('MalformedXML', { ec: MALFORMED_EC, details, isUnreadable, cause: error });
  }
}

/**
 * One key that may not be deleted refuses the batch before anything is, because the answer could not say which one was
 * left.
 */
function onKeyOf({ key, versionId }: DeleteTarget): (permission: RequiredPermission) => RequiredPermission {
  return (permission) => ({ ...permission, key, ...(versionId !== undefined && { versionId }) });
}

function describeDeletion({ target, result }: DeleteOutcome): DeletedObject {
  const { key, versionId } = target;
  const isDeleteMarker = result?.deleteMarker === true;
  return {
    key,
    ...(versionId !== undefined && { versionId }),
    ...(isDeleteMarker && { isDeleteMarker }),
    ...(isDeleteMarker && result.versionId !== undefined && { deleteMarkerVersionId: result.versionId }),
  };
}
