/**
 * DeleteMultipleObjects: `POST /?delete`. Each key is deleted by itself; keys that are not there count as deleted. `Content-MD5` is
 * checked when sent but not demanded: a signed request over a whole connection gains nothing from it.
 */
import { md5 } from '@annals/checksum';
import {
  type DeletedObject,
  type DeleteObjectsRequest,
  type EncodingType,
  LIMITS,
  OssError,
  parseContentMd5,
  parseDeleteObjectsRequest,
  parseEncodingType,
  renderDeleteObjectsResult,
  validateObjectKey,
} from '@annals/protocol';
import { type DeleteOutcome, type DeleteTarget, type ObjectStore, StoreFailure } from '@annals/store';
import { defineOperation, type OperationRequest } from './operation.js';
import { ownAction } from './operation-permission.js';
import { requireBucket } from './request-target.js';
import { validateVersionId } from './version-id.js';
import { xmlResponse } from './xml-response.js';

const MALFORMED_EC = '0016-00000608';

interface DeleteMultipleObjectsInput {
  readonly bucket: string;
  readonly targets: readonly DeleteTarget[];
  readonly isQuiet: boolean;
  readonly encodingType: EncodingType | undefined;
}

export const deleteMultipleObjects = defineOperation<DeleteMultipleObjectsInput, readonly DeleteOutcome[]>({
  name: 'DeleteMultipleObjects',
  permissions: ownAction('write'),
  async parse(request) {
    const encodingType = parseEncodingType(request.query.get('encoding-type'));
    const { objects, isQuiet } = parseDocument(await readDocument(request));
    for (const { key, versionId } of objects) {
      validateObjectKey(key);
      if (versionId !== undefined) validateVersionId(versionId);
    }
    return { bucket: requireBucket(request), targets: objects, isQuiet, encodingType };
  },
  async handle({ bucket, targets }, { store }, request) {
    if (request.caller.kind === 'anonymous') await refuseProtectedObjects(store, bucket, targets);
    const outcomes = await store.deleteObjects(bucket, targets);
    for (const { failure } of outcomes) {
      // The answer has no place for single failures. Deleting again is harmless, so the caller may repeat the whole batch.
      if (failure !== undefined) throw new StoreFailure(failure);
    }
    return outcomes;
  },
  render(outcomes, { isQuiet, encodingType }) {
    if (isQuiet) return { status: 200, headers: {} };
    return xmlResponse(
      renderDeleteObjectsResult({
        deleted: outcomes.map(describeDeletion),
        ...(encodingType !== undefined && { encodingType }),
      }),
    );
  },
});

async function readDocument(request: OperationRequest): Promise<Uint8Array> {
  const { headers, body } = request;
  const expectedMd5 = parseContentMd5(headers.get('content-md5'));
  if (!body.announced) throw new OssError('MissingContentLength');
  const document = await body.readAll(LIMITS.deleteBodyLengthBytesMax, tooLong);
  if (expectedMd5 !== undefined && Buffer.compare(md5(document), expectedMd5) !== 0)
    throw new OssError('InvalidDigest');
  return document;
}

/** The document says what is wrong with its content; here also what is not even XML gets the operation's EC. */
function parseDocument(document: Uint8Array): DeleteObjectsRequest {
  try {
    return parseDeleteObjectsRequest(document);
  } catch (error) {
    if (!(error instanceof OssError) || error.code !== 'MalformedXML') throw error;
    throw new OssError('MalformedXML', { ec: MALFORMED_EC, details: error.details, cause: error });
  }
}

function tooLong(): OssError {
  return new OssError('MalformedXML', {
    ec: MALFORMED_EC,
    details: { ErrorDetail: `The document has more than ${LIMITS.deleteBodyLengthBytesMax} bytes.` },
  });
}

/**
 * An object's own ACL goes before the bucket's, which let this caller in. One protected object refuses the batch before anything is
 * deleted, because the answer could not say which one was left.
 */
async function refuseProtectedObjects(
  store: ObjectStore,
  bucket: string,
  targets: readonly DeleteTarget[],
): Promise<void> {
  for (const target of targets) {
    const acl = await aclOf(store, bucket, target);
    if (acl === 'private' || acl === 'public-read') {
      throw new OssError('AccessDenied', {
        message: 'You do not have write permission on this object.',
        details: { Key: target.key },
      });
    }
  }
}

async function aclOf(store: ObjectStore, bucket: string, target: DeleteTarget): Promise<string | undefined> {
  try {
    return (await store.headObject({ bucket, ...target })).acl;
  } catch (error) {
    const kind = error instanceof StoreFailure ? error.reason.kind : undefined;
    if (kind === 'no-such-key' || kind === 'no-such-version' || kind === 'version-is-delete-marker') return undefined;
    throw error;
  }
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
