/**
 * ListObjectVersions: `GET /?versions&prefix&key-marker&version-id-marker&delimiter&max-keys`. All versions and delete
 * markers, newest first for each key; in a bucket that was never versioned, every object with the version id "null".
 */
import { lazily, OssError, renderListVersionsResult } from '@annals/protocol';
import {
  isVersionId,
  type ListVersionsResult,
  NULL_VERSION_ID,
  type VersionEntry,
  type VersionMarker,
} from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import {
  echoListing,
  type ListingInput,
  ownerOf,
  readListingInput,
  readListingName,
  summarize,
} from '../answering/listing-input.js';
import { longXmlResponse } from '../answering/xml-response.js';

interface ListObjectVersionsInput extends ListingInput {
  /** Absent: from the start. */
  readonly after: VersionMarker | undefined;
}

/** Lists versions and delete markers: `ListObjectVersions`. */
export const listObjectVersions = defineOperation<'ListObjectVersions', ListObjectVersionsInput, ListVersionsResult>({
  name: 'ListObjectVersions',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    '`Version` and `DeleteMarker` elements stand among each other in the order of the listing. A bucket that ' +
    'was never versioned lists its objects with the version id `null`. `RestoreInfo` as ListObjects.',
  permissions: ownAction('read'),
  parse: (request) => ({ ...readListingInput(request), after: readAfter(request) }),
  handle: ({ bucket, prefix, delimiter, after, maxKeys }, { store }) =>
    store.listObjectVersions({ bucket, prefix, delimiter, after, limit: maxKeys }),
  render({ versions, commonPrefixes, isTruncated, next }, input, _request, { clock }) {
    const nowMs = clock();
    const { after } = input;
    return longXmlResponse(
      renderListVersionsResult({
        ...echoListing(input),
        keyMarker: after?.key ?? '',
        versionIdMarker: after?.versionId ?? '',
        isTruncated,
        ...(next !== undefined && { nextKeyMarker: next.key }),
        ...(next?.versionId !== undefined && { nextVersionIdMarker: next.versionId }),
        versions: lazily(versions, (entry) => describeVersion(entry, nowMs)),
        commonPrefixes,
      }),
    );
  },
});

/** @throws {OssError} `InvalidArgument` for a version id that is none, or one without a key. */
function readAfter(request: OperationRequest): VersionMarker | undefined {
  const key = readListingName(request, 'key-marker');
  const versionId = request.query.get('version-id-marker') ?? '';
  if (versionId === '') return key === '' ? undefined : { key };
  if (key === '' || !isVersionId(versionId)) {
    throw new OssError('InvalidArgument', {
      message:
        key === '' ? 'A version-id marker cannot be specified without a key marker.' : 'Invalid version id specified.',
      details: { ArgumentName: 'version-id-marker', ArgumentValue: versionId },
    });
  }
  return { key, versionId };
}

function describeVersion(entry: VersionEntry, nowMs: number) {
  if (entry.kind === 'object') {
    const { head } = entry;
    return {
      kind: 'version',
      ...summarize(head, nowMs),
      versionId: head.versionId ?? NULL_VERSION_ID,
      isLatest: head.isLatest,
      owner: ownerOf(head.ownerId),
    } as const;
  }
  const { key, versionId, isLatest, lastModifiedAtMs, ownerId } = entry.marker;
  return {
    kind: 'delete-marker',
    key,
    versionId: versionId ?? NULL_VERSION_ID,
    isLatest,
    lastModifiedMs: lastModifiedAtMs,
    owner: ownerOf(ownerId),
  } as const;
}
