/** ListParts: `GET /KEY?uploadId=ID`. */
import {
  clientEncryptionOf,
  type EncodingType,
  invalidArgument,
  LIMITS,
  lazily,
  parseEncodingType,
  parsePageSize,
  renderListPartsResult,
} from '@annals/protocol';
import type { ListPartsInput, ListPartsResult } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { longXmlResponse } from '../answering/xml-response.js';
import { formatUploadId, readUploadTarget, requireUpload } from '../reading/upload-id.js';

interface PartsInput {
  readonly list: ListPartsInput;
  readonly encodingType: EncodingType | undefined;
}

/** Lists the parts of an upload: `ListParts`. */
export const listParts = defineOperation<'ListParts', PartsInput, ListPartsResult>({
  name: 'ListParts',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  requireTarget: requireUpload,
  parse(request) {
    const { query } = request;
    const bounds = { default: LIMITS.maxPartsDefault, max: LIMITS.maxPartsMax };
    return {
      list: {
        ...readUploadTarget(request),
        after: readMarker(request),
        limit: parsePageSize('max-parts', query.get('max-parts'), bounds),
      },
      encodingType: parseEncodingType(query.get('encoding-type')),
    };
  },
  handle: ({ list }, { store }) => store.listParts(list),
  render({ upload, parts, isTruncated }, { list, encodingType }) {
    return longXmlResponse(
      renderListPartsResult({
        bucket: upload.bucket,
        key: upload.key,
        uploadId: formatUploadId(upload.uploadId),
        storageClass: upload.attributes.storageClass,
        clientEncryption: clientEncryptionOf(upload.attributes.user),
        partNumberMarker: list.after,
        nextPartNumberMarker: parts.at(-1)?.partNumber ?? 0,
        maxParts: list.limit,
        isTruncated,
        parts: lazily(parts, ({ partNumber, lastModifiedAtMs, etag, crc64, length }) => ({
          partNumber,
          lastModifiedMs: lastModifiedAtMs,
          etag,
          crc64,
          lengthBytes: length,
        })),
        ...(encodingType !== undefined && { encodingType }),
      }),
    );
  },
});

/** @returns 0 when absent. */
function readMarker({ query }: OperationRequest): number {
  const text = query.get('part-number-marker');
  if (text === undefined || text === '') return 0;
  const marker = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (marker <= LIMITS.partNumberMax) return marker;
  throw invalidArgument('part-number-marker', text);
}
