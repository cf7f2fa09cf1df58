/**
 * DeleteMultipleObjects: `POST /?delete`. Each key is deleted by itself; keys that are not there count as deleted. `Content-MD5` is
 * checked when sent but not demanded: a signed request over a whole connection gains nothing from it.
 */
import { md5 } from '@annals/checksum';
import {
  childrenOf,
  expectRoot,
  LIMITS,
  malformed,
  OssError,
  parseXml,
  renderXml,
  textOf,
  validateObjectKey,
  wordOf,
  type XmlContent,
  type XmlElement,
} from '@annals/protocol';
import { type DeleteOutcome, type DeleteTarget, type ObjectStore, StoreFailure } from '@annals/store';
import { readContentMd5 } from './expected-digests.js';
import { nameWriter, readUrlEncoding } from './listing-parameters.js';
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
  readonly isUrlEncoded: boolean;
}

export const deleteMultipleObjects = defineOperation<DeleteMultipleObjectsInput, readonly DeleteOutcome[]>({
  name: 'DeleteMultipleObjects',
  permissions: ownAction('write'),
  async parse(request) {
    const isUrlEncoded = readUrlEncoding(request.query);
    const root = await readDocument(request);
    return { bucket: requireBucket(request), targets: readTargets(root), isQuiet: readQuiet(root), isUrlEncoded };
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
  render(outcomes, { isQuiet, isUrlEncoded }) {
    if (isQuiet) return { status: 200, headers: {} };
    const writeName = nameWriter(isUrlEncoded);
    return xmlResponse(
      renderXml('DeleteResult', {
        EncodingType: isUrlEncoded ? 'url' : undefined,
        Deleted: outcomes.map((outcome) => describeDeletion(outcome, writeName)),
      }),
    );
  },
});

async function readDocument(request: OperationRequest): Promise<XmlElement> {
  const expectedMd5 = readContentMd5(request);
  if (!request.body.announced) throw new OssError('MissingContentLength');
  const lengthBytesMax = LIMITS.deleteBodyLengthBytesMax;
  const body = await request.body.readAll(lengthBytesMax, () => malformed('The document is too long.', MALFORMED_EC));
  if (expectedMd5 !== undefined && Buffer.compare(md5(body), expectedMd5) !== 0) throw new OssError('InvalidDigest');
  try {
    return expectRoot(parseXml(body, { lengthBytesMax }), 'Delete');
  } catch (error) {
    if (!(error instanceof OssError)) throw error;
    throw new OssError(error.code, { ec: MALFORMED_EC, details: error.details });
  }
}

function readTargets(root: XmlElement): readonly DeleteTarget[] {
  const objects = childrenOf(root, 'Object');
  if (objects.length === 0) throw malformed('There is no Object to delete.', MALFORMED_EC);
  if (objects.length > LIMITS.deleteKeyCountMax) {
    throw malformed(`There are more than ${LIMITS.deleteKeyCountMax} objects.`, MALFORMED_EC);
  }
  return objects.map((object) => {
    const key = textOf(object, 'Key');
    if (key === undefined || key === '') throw malformed('An Object has no Key.', MALFORMED_EC);
    validateObjectKey(key);
    const versionId = wordOf(object, 'VersionId');
    if (versionId === undefined) return { key };
    validateVersionId(versionId);
    return { key, versionId };
  });
}

function readQuiet(root: XmlElement): boolean {
  const text = wordOf(root, 'Quiet')?.toLowerCase() ?? 'false';
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw malformed('Quiet must be true or false.', MALFORMED_EC);
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

function describeDeletion({ target, result }: DeleteOutcome, writeName: (name: string) => string): XmlContent {
  const isMarker = result?.deleteMarker === true;
  return {
    Key: writeName(target.key),
    VersionId: target.versionId,
    DeleteMarker: isMarker ? true : undefined,
    DeleteMarkerVersionId: isMarker ? result.versionId : undefined,
  };
}
