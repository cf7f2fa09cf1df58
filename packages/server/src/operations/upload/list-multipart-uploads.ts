/** ListMultipartUploads: `GET /?uploads`. Uploads come by key, those to one key by id. */
import {
  type EncodingType,
  LIMITS,
  lazily,
  parseEncodingType,
  parsePageSize,
  renderListMultipartUploadsResult,
} from '@annals/protocol';
import type { ListUploadsInput, ListUploadsResult } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { readListingName } from '../answering/listing-input.js';
import { longXmlResponse } from '../answering/xml-response.js';
import { formatUploadId } from '../reading/upload-id.js';

interface UploadsInput {
  readonly list: ListUploadsInput;
  /** As it came, to be shown again. */
  readonly uploadIdMarker: string;
  readonly encodingType: EncodingType | undefined;
}

/** Lists uploads that are not completed: `ListMultipartUploads`. */
export const listMultipartUploads = defineOperation<'ListMultipartUploads', UploadsInput, ListUploadsResult>({
  name: 'ListMultipartUploads',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'A key marker inside a common prefix skips that prefix. An `upload-id-marker` that is no id counts as ' +
    'absent. The last page names its last upload as well; listings of objects and versions name a marker only ' +
    'where there is more.',
  permissions: ownAction('owner'),
  parse(request) {
    const { query } = request;
    const bounds = { default: LIMITS.maxUploadsDefault, max: LIMITS.maxUploadsMax };
    const afterKey = readListingName(request, 'key-marker');
    const uploadIdMarker = query.get('upload-id-marker') ?? '';
    return {
      list: {
        bucket: requireBucket(request),
        prefix: readListingName(request, 'prefix'),
        delimiter: readListingName(request, 'delimiter'),
        afterKey,
        // Without a key it marks nothing; what is no id of ours comes after no upload.
        afterUploadId: /^[0-9A-Fa-f]{32}$/.test(uploadIdMarker) ? uploadIdMarker.toLowerCase() : undefined,
        limit: parsePageSize('max-uploads', query.get('max-uploads'), bounds),
      },
      uploadIdMarker,
      encodingType: parseEncodingType(query.get('encoding-type')),
    };
  },
  handle: ({ list }, { store }) => store.listUploads(list),
  render({ uploads, commonPrefixes, isTruncated, next }, { list, uploadIdMarker, encodingType }) {
    return longXmlResponse(
      renderListMultipartUploadsResult({
        bucket: list.bucket,
        keyMarker: list.afterKey,
        uploadIdMarker,
        delimiter: list.delimiter,
        prefix: list.prefix,
        maxUploads: list.limit,
        isTruncated,
        ...nextMarkers(next ?? lastListed({ uploads, commonPrefixes })),
        uploads: lazily(uploads, ({ key, uploadId, attributes, initiatedAtMs }) => ({
          key,
          uploadId: formatUploadId(uploadId),
          storageClass: attributes.storageClass,
          initiatedAtMs,
        })),
        commonPrefixes,
        ...(encodingType !== undefined && { encodingType }),
      }),
    );
  },
});

type Marker = NonNullable<ListUploadsResult['next']>;

function nextMarkers(marker: Marker | undefined): { nextKeyMarker?: string; nextUploadIdMarker?: string } {
  if (marker === undefined) return {};
  const { key, uploadId } = marker;
  return { nextKeyMarker: key, ...(uploadId !== undefined && { nextUploadIdMarker: formatUploadId(uploadId) }) };
}

/** The last page names where it ends as well; a program that goes on from there finds nothing more. */
function lastListed({
  uploads,
  commonPrefixes,
}: Pick<ListUploadsResult, 'uploads' | 'commonPrefixes'>): Marker | undefined {
  const upload = uploads.at(-1);
  const prefix = commonPrefixes.at(-1);
  const isPrefixLast =
    prefix !== undefined && (upload === undefined || Buffer.compare(Buffer.from(prefix), Buffer.from(upload.key)) > 0);
  if (isPrefixLast) return { key: prefix, uploadId: undefined };
  return upload === undefined ? undefined : { key: upload.key, uploadId: upload.uploadId };
}
