import { describe, expect, test } from 'vitest';
import { renderListAccessPointsResult } from './documents/access-point.js';
import { renderDeleteObjectsResult } from './documents/delete-objects.js';
import { renderLifecycleConfiguration, renderLongLifecycleConfiguration } from './documents/lifecycle-configuration.js';
import { renderListBucketsResult } from './documents/list-buckets.js';
import { renderListMultipartUploadsResult } from './documents/list-multipart-uploads.js';
import { renderListObjectsResult } from './documents/list-objects.js';
import { renderListObjectsV2Result } from './documents/list-objects-v2.js';
import { renderListPartsResult } from './documents/list-parts.js';
import { renderListVersionsResult } from './documents/list-versions.js';
import { renderListLiveChannelResult } from './documents/live-channel.js';
import { type Listed, lazily, PIECE_ENTRY_COUNT, renderLongXml, type XmlPieces } from './render-long-xml.js';
import { renderXml } from './render-xml.js';
import { piecesOf, written } from './written-fixture.js';

describe('renderLongXml', () => {
  test.each([
    ['nothing', {}],
    ['texts and lists', { B: 1, A: { C: 'x', D: [true, 2n] }, E: ['<', '&'] }],
    ['what is left out', { A: '', B: undefined, C: {}, D: { E: '' }, F: [], G: [{}], H: 0 }],
    ['what is empty and stays', { A: null, B: { C: null } }],
    ['nothing that stays', { C: {}, F: [] }],
  ])('writes %s as renderXml does', (_, content) => {
    expect(written(renderLongXml('Root', Object.entries(content)))).toBe(renderXml('Root', content));
  });

  test('writes lazy lists, also one level deeper, as lists', () => {
    const items = Array.from({ length: 700 }, (_, index) => ({ Key: `k${index}` }));
    const pieces = piecesOf(
      renderLongXml('Root', [
        ['A', lazily(items, (item) => item)],
        ['None', { Item: lazily([], () => ({})) }],
        ['Some', { Item: lazily(items, (item) => item) }],
        ['Z', 1],
      ]),
    );
    expect(pieces.join('')).toBe(renderXml('Root', { A: items, Some: { Item: items }, Z: 1 }));
    expect(pieces).toHaveLength(Math.ceil(1400 / PIECE_ENTRY_COUNT));
  });

  test('makes an entry only when its piece is written', () => {
    let madeCount = 0;
    const list = lazily(Array.from({ length: 1000 }), () => {
      madeCount += 1;
      return { Key: 'k' };
    });
    const writing = renderLongXml('Root', [['A', list]]);
    expect(madeCount).toBe(0);
    writing.next();
    expect(madeCount).toBe(PIECE_ENTRY_COUNT);
    writing.next();
    expect(madeCount).toBe(2 * PIECE_ENTRY_COUNT);
  });

  test('refuses a name that is none', () => {
    expect(() => written(renderLongXml('a b', []))).toThrow(TypeError);
    expect(() => written(renderLongXml('a', [['1', 'x']]))).toThrow(TypeError);
  });
});

/** Counts how many entries are made. */
function counted<Item>(item: Item): { readonly list: Listed<Item>; readonly count: () => number } {
  let count = 0;
  const list = lazily(Array.from({ length: 1000 }), () => {
    count += 1;
    return item;
  });
  return { list, count: () => count };
}

const owner = { id: 'o', displayName: 'o' };
const entry = { key: 'k', lastModifiedMs: 0, etag: 'E', type: 'Normal', lengthBytes: 1, storageClass: 'Standard' };
const page = { bucket: 'b', maxKeys: 1000, isTruncated: false, commonPrefixes: [] };
const objects = counted({ ...entry, owner });
const objectsV2 = counted(entry);
const version = { ...entry, kind: 'version', versionId: 'v', isLatest: true, owner } as const;
const versions = counted(version);
const prefixes = counted('p/');
const parts = counted({ partNumber: 1, lastModifiedMs: 0, etag: 'E', lengthBytes: 1 });
const uploads = counted({ key: 'k', uploadId: 'u', storageClass: 'Standard', initiatedAtMs: 0 });
const bucket = { name: 'b', location: 'l', createdAtMs: 0, extranetEndpoint: 'e', intranetEndpoint: 'i' };
const buckets = counted({ ...bucket, storageClass: 'Standard' });
const deleted = counted({ key: 'k' });
const channel = { name: 'c', description: undefined, lastModifiedMs: 0, publishUrl: 'p', playUrl: 'u' };
const channels = counted({ ...channel, status: 'enabled' } as const);
const accessPoint = { name: 'n', networkOrigin: 'internet', alias: 'a', createdAtMs: 0 } as const;
const accessPoints = counted({ bucket: 'b', accessPoint: { ...accessPoint, isPublicAccessBlocked: false } });
const partsPage = { bucket: 'b', key: 'k', uploadId: 'u', storageClass: 'Standard', maxParts: 1000 };

/** Every answer of up to a thousand entries. */
const LONG_ANSWERS: readonly (readonly [name: string, count: () => number, write: () => XmlPieces])[] = [
  ['ListObjects', objects.count, () => renderListObjectsResult({ ...page, objects: objects.list })],
  ['ListObjectsV2', objectsV2.count, () => renderListObjectsV2Result({ ...page, objects: objectsV2.list })],
  ['ListObjectVersions', versions.count, () => renderListVersionsResult({ ...page, versions: versions.list })],
  [
    'common prefixes',
    prefixes.count,
    () => renderListObjectsResult({ ...page, objects: [], commonPrefixes: prefixes.list }),
  ],
  [
    'ListParts',
    parts.count,
    () =>
      renderListPartsResult({
        ...partsPage,
        partNumberMarker: 0,
        nextPartNumberMarker: 1,
        isTruncated: false,
        parts: parts.list,
      }),
  ],
  [
    'ListMultipartUploads',
    uploads.count,
    () => renderListMultipartUploadsResult({ ...page, maxUploads: 1000, uploads: uploads.list }),
  ],
  [
    'ListAccessPoints',
    accessPoints.count,
    () =>
      renderListAccessPointsResult({
        accountId: 'o',
        maxKeys: 1000,
        accessPoints: accessPoints.list,
        nextContinuationToken: undefined,
      }),
  ],
  ['ListBuckets', buckets.count, () => renderListBucketsResult({ owner, buckets: buckets.list })],
  ['DeleteMultipleObjects', deleted.count, () => renderDeleteObjectsResult({ deleted: deleted.list })],
  [
    'ListLiveChannel',
    channels.count,
    () =>
      renderListLiveChannelResult({
        prefix: '',
        marker: '',
        maxKeys: 1000,
        channels: channels.list,
        nextMarker: undefined,
      }),
  ],
];

test.each(LONG_ANSWERS)('%s makes no more than a piece of its entries at a time', (_, count, write) => {
  const writing = write();
  for (let before = 0; ; before = count()) {
    const { done } = writing.next();
    expect(count() - before).toBeLessThanOrEqual(PIECE_ENTRY_COUNT);
    if (done === true) break;
  }
  expect(count()).toBe(1000);
});

test('a thousand lifecycle rules are written in pieces as they are at once', () => {
  const rule = { prefix: 'p/', isEnabled: true, tags: [], transitions: [], noncurrentVersionTransitions: [] };
  const rules = Array.from({ length: 1000 }, (_, index) => ({ ...rule, id: `r${index}`, expiration: { days: 1 } }));
  const pieces = piecesOf(renderLongLifecycleConfiguration({ rules }));
  expect(pieces).toHaveLength(1000 / PIECE_ENTRY_COUNT + 1);
  expect(pieces.join('')).toBe(renderLifecycleConfiguration({ rules }));
});
