/** Documents of DeleteMultipleObjects: `Delete` and `DeleteResult`. */
import { LIMITS } from '../../limits.js';
import { decodeName, type EncodingType, encodeName } from '../encoding-type.js';
import { malformed, refuseWithEc } from '../malformed.js';
import { parseXml, type XmlElement } from '../parse-xml.js';
import { readInPieces } from '../read-in-pieces.js';
import { readRequestDocument } from '../read-request-document.js';
import { lazily, renderLongXml, type Written, type XmlPieces } from '../render-long-xml.js';
import { renderXml } from '../render-xml.js';
import { childOf, childrenOf, expectRoot, flagOf, requiredTextOf, textOf, wordOf } from '../xml-element.js';
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
  return joinPieces([readPiece(document)]);
}

/** Some milliseconds of reading, also in a server whose code is not compiled yet. */
const PIECE = {
  rootName: 'Delete',
  childName: 'Object',
  childCount: 250,
  childCountMax: LIMITS.deleteKeyCountMax,
};

/**
 * Reads a request of many objects as {@link parseDeleteObjectsRequest} does, and lets others go on in between.
 * @param pause Waited for between two pieces.
 * @throws {OssError} as that; what is said of the place of a mistake counts from the beginning of its piece.
 */
export async function parseLongDeleteObjectsRequest(
  document: Uint8Array,
  pause: () => Promise<void>,
): Promise<DeleteObjectsRequest> {
  return joinPieces(await readInPieces(document, PIECE, readPiece, pause));
}

/** What one piece says. */
interface DeletePiece {
  /** One for each piece that has the element. */
  readonly quietFlags: readonly boolean[];
  readonly objects: readonly ObjectToDelete[];
}

function readPiece(document: Uint8Array | string): DeletePiece {
  return refuseWithEc(MALFORMED_EC, () => {
    return readRequestDocument(document, 'Delete', readDelete, { lengthBytesMax: LIMITS.deleteBodyLengthBytesMax });
  });
}

function readDelete(root: XmlElement): DeletePiece {
  const elements = childrenOf(root, 'Object');
  refuseManyObjects(elements.length);
  const objects = elements.map((element) => {
    const key = textOf(element, 'Key');
    if (key === undefined || key === '') throw malformed('An Object must have a Key.');
    return { key, ...defined({ versionId: wordOf(element, 'VersionId') }) };
  });
  return { quietFlags: childOf(root, 'Quiet') === undefined ? [] : [flagOf(root, 'Quiet') ?? false], objects };
}

/** What must hold for the whole. */
function joinPieces(pieces: readonly DeletePiece[]): DeleteObjectsRequest {
  return refuseWithEc(MALFORMED_EC, () => {
    const objects = pieces.flatMap((piece) => piece.objects);
    const [isQuiet = false, ...more] = pieces.flatMap(({ quietFlags }) => quietFlags);
    if (objects.length === 0) throw malformed('Delete must have at least one Object.');
    refuseManyObjects(objects.length);
    if (more.length > 0) throw malformed('Delete must not have more than one Quiet.');
    return { isQuiet, objects };
  });
}

function refuseManyObjects(count: number): void {
  if (count > LIMITS.deleteKeyCountMax)
    throw malformed(`Delete must not have more than ${LIMITS.deleteKeyCountMax} objects.`);
}

/** Writes the result, in pieces; for a quiet request that deleted everything the body is empty instead. */
export function renderDeleteObjectsResult(result: Written<DeleteObjectsResult>): XmlPieces {
  const { encodingType } = result;
  const content = {
    EncodingType: encodingType,
    Deleted: lazily(result.deleted, (deleted) => ({
      Key: encodeName(deleted.key, encodingType),
      VersionId: deleted.versionId,
      DeleteMarker: deleted.isDeleteMarker === true ? true : undefined,
      DeleteMarkerVersionId: deleted.deleteMarkerVersionId,
    })),
  };
  return renderLongXml('DeleteResult', Object.entries(content));
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
