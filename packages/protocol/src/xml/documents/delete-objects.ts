/** Documents of DeleteMultipleObjects: `Delete` and `DeleteResult`. */
import { LIMITS } from '../../limits.js';
import { decodeName, type EncodingType, encodeName } from '../encoding-type.js';
import { malformed, refuseWithEc } from '../malformed.js';
import { parseXml, type XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childrenOf, expectRoot, flagOf, requiredTextOf, textOf, wordOf } from '../xml-element.js';
import { readEncodingType } from './object-summary.js';
import { defined } from './optional.js';

/** One object, or one version of it, to be deleted. */
export interface ObjectToDelete {
  readonly key: string;
  readonly versionId?: string;
}

/** Request of DeleteMultipleObjects. Keys are never encoded in it. */
export interface DeleteObjectsRequest {
  /** Whether the answer is to leave out what was deleted. */
  readonly isQuiet: boolean;
  readonly objects: readonly ObjectToDelete[];
}

/** One deletion that was done. */
export interface DeletedObject {
  readonly key: string;
  readonly versionId?: string;
  /** Whether a delete marker was made or removed. */
  readonly isDeleteMarker?: boolean;
  readonly deleteMarkerVersionId?: string;
}

/** Result of DeleteMultipleObjects. */
export interface DeleteObjectsResult {
  readonly encodingType?: EncodingType;
  readonly deleted: readonly DeletedObject[];
}

/** EC of a malformed request, from the public service. */
const MALFORMED_EC = '0016-00000608';

/** Writes the request. */
export function renderDeleteObjectsRequest(request: DeleteObjectsRequest): string {
  return renderXml('Delete', {
    Quiet: request.isQuiet,
    Object: request.objects.map(({ key, versionId }) => ({ Key: key, VersionId: versionId })),
  });
}

/**
 * Reads the request.
 * @throws {OssError} `MalformedXML` with EC 0016-00000608: too long, no object, more than 1000, an object without a
 * key.
 */
export function parseDeleteObjectsRequest(document: Uint8Array | string): DeleteObjectsRequest {
  return refuseWithEc(MALFORMED_EC, () => {
    return readRequestDocument(document, 'Delete', readDelete, { lengthBytesMax: LIMITS.deleteBodyLengthBytesMax });
  });
}

function readDelete(root: XmlElement): DeleteObjectsRequest {
  const elements = childrenOf(root, 'Object');
  if (elements.length === 0) throw malformed('Delete must have at least one Object.');
  if (elements.length > LIMITS.deleteKeyCountMax) {
    throw malformed(`Delete must not have more than ${LIMITS.deleteKeyCountMax} objects.`);
  }
  const objects = elements.map((element) => {
    const key = textOf(element, 'Key');
    if (key === undefined || key === '') throw malformed('An Object must have a Key.');
    return { key, ...defined({ versionId: wordOf(element, 'VersionId') }) };
  });
  return { isQuiet: flagOf(root, 'Quiet') ?? false, objects };
}

/** Writes the result; for a quiet request that deleted everything the body is empty instead. */
export function renderDeleteObjectsResult(result: DeleteObjectsResult): string {
  const { encodingType } = result;
  return renderXml('DeleteResult', {
    EncodingType: encodingType,
    Deleted: result.deleted.map((deleted) => ({
      Key: encodeName(deleted.key, encodingType),
      VersionId: deleted.versionId,
      DeleteMarker: deleted.isDeleteMarker === true ? true : undefined,
      DeleteMarkerVersionId: deleted.deleteMarkerVersionId,
    })),
  });
}

/**
 * Reads the result.
 * @param document The body; an empty one, the answer to a quiet request, lists nothing.
 * @throws {OssError} `MalformedXML`.
 */
export function parseDeleteObjectsResult(document: Uint8Array | string): DeleteObjectsResult {
  if (document.length === 0) return { deleted: [] };
  const root = expectRoot(parseXml(document, { lengthBytesMax: Number.MAX_SAFE_INTEGER }), 'DeleteResult');
  const encodingType = readEncodingType(root);
  const deleted = childrenOf(root, 'Deleted').map((element) => ({
    key: decodeName(requiredTextOf(element, 'Key'), encodingType),
    ...defined({
      versionId: wordOf(element, 'VersionId'),
      isDeleteMarker: flagOf(element, 'DeleteMarker'),
      deleteMarkerVersionId: wordOf(element, 'DeleteMarkerVersionId'),
    }),
  }));
  return { deleted, ...defined({ encodingType }) };
}
