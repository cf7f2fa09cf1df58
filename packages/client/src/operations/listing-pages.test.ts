/**
 * Listings of servers that page as OSS does not: that repeat a marker, name none, or do not say whether there is more.
 * No listing is endless, and none ends silently before its last row.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnsweringServer, startAnsweringServer } from '../../../../test/harness/answering-server.js';
import { type Client, createClient } from '../client.js';
import { lastName } from './listing-pages.js';

let server: AnsweringServer;
let client: Client;
/** Answers a page from its query. */
let answer: (query: URLSearchParams) => string;

beforeEach(async () => {
  server = await startAnsweringServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://server');
    request.resume().on('end', () => response.writeHead(200).end(answer(searchParams)));
  });
  const key = { accessKeyId: 'id', accessKeySecret: 'secret' };
  client = createClient({ endpoint: server.endpoint, ...key, retry: { attemptCountMax: 1 } });
});

afterEach(() => server.close());

const AT = '2018-02-24T09:41:56.000Z';
const FACTS = `<LastModified>${AT}</LastModified><ETag>"A"</ETag><Size>7</Size>`;
const bucket = 'logs';

interface ListingCase {
  readonly name: string;
  readonly root: string;
  /** The row of a number from 1 on. */
  readonly row: (number: number) => string;
  /** Elements that name the row before which the next page begins. */
  readonly next: (number: number) => string;
  /** The number of the row behind which a page is asked for; 0: from the beginning. */
  readonly after: (query: URLSearchParams) => number;
  /** @returns The numbers of all rows. */
  readonly list: () => Promise<readonly number[]>;
}

const numberIn = (text: string | null): number => Number(/\d+/.exec(text ?? '')?.[0] ?? 0);

async function collect<Page>(pages: AsyncIterable<Page>, rows: (page: Page) => readonly string[]): Promise<number[]> {
  const numbers: number[] = [];
  for await (const page of pages) numbers.push(...rows(page).map(numberIn));
  return numbers;
}

const CASES: readonly ListingCase[] = [
  {
    name: 'listObjects',
    root: 'ListBucketResult',
    row: (number) => `<Contents><Key>k${number}</Key>${FACTS}</Contents>`,
    next: (number) => `<NextContinuationToken>t${number}</NextContinuationToken>`,
    after: (query) => numberIn(query.get('continuation-token') ?? query.get('start-after')),
    list: () => collect(client.listObjects({ bucket }), ({ objects }) => objects.map(({ key }) => key)),
  },
  {
    name: 'listObjectsV1',
    root: 'ListBucketResult',
    row: (number) => `<Contents><Key>k${number}</Key>${FACTS}</Contents>`,
    next: (number) => `<NextMarker>k${number}</NextMarker>`,
    after: (query) => numberIn(query.get('marker')),
    list: () => collect(client.listObjectsV1({ bucket }), ({ objects }) => objects.map(({ key }) => key)),
  },
  {
    name: 'listVersions',
    root: 'ListVersionsResult',
    row: (number) =>
      `<Version><Key>k</Key><VersionId>v${number}</VersionId><IsLatest>${number === 1}</IsLatest>${FACTS}</Version>`,
    next: (number) => `<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v${number}</NextVersionIdMarker>`,
    after: (query) => numberIn(query.get('version-id-marker')),
    list: () => collect(client.listVersions({ bucket }), ({ versions }) => versions.map(({ versionId }) => versionId)),
  },
  {
    name: 'listMultipartUploads',
    root: 'ListMultipartUploadsResult',
    row: (number) => `<Upload><Key>k</Key><UploadId>u${number}</UploadId><Initiated>${AT}</Initiated></Upload>`,
    next: (number) => `<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u${number}</NextUploadIdMarker>`,
    after: (query) => numberIn(query.get('upload-id-marker')),
    list: () =>
      collect(client.listMultipartUploads({ bucket }), ({ uploads }) => uploads.map(({ uploadId }) => uploadId)),
  },
  {
    name: 'listParts',
    root: 'ListPartsResult',
    row: (number) => `<Part><PartNumber>${number}</PartNumber>${FACTS}</Part>`,
    next: (number) => `<NextPartNumberMarker>${number}</NextPartNumberMarker>`,
    after: (query) => numberIn(query.get('part-number-marker')),
    list: () =>
      collect(client.listParts({ bucket, key: 'a', uploadId: 'U' }), ({ parts }) =>
        parts.map(({ partNumber }) => String(partNumber)),
      ),
  },
  {
    name: 'listBuckets',
    root: 'ListAllMyBucketsResult',
    row: (number) => `<Bucket><CreationDate>${AT}</CreationDate><Name>b${number}</Name></Bucket>`,
    next: (number) => `<NextMarker>b${number}</NextMarker>`,
    after: (query) => numberIn(query.get('marker')),
    list: () => collect(client.listBuckets(), ({ buckets }) => buckets.map(({ name }) => name)),
  },
];

const ROW_COUNT = 5;
const ALL = Array.from({ length: ROW_COUNT }, (_, index) => index + 1);

/** Two rows of a page, and what the server says of the next one. */
function pageOf({ root, row, after }: ListingCase, query: URLSearchParams, more: (last: number) => string): string {
  const numbers = ALL.slice(after(query), after(query) + 2);
  const rows = numbers.map(row).join('');
  const named = root === 'ListPartsResult' ? '<Key>a</Key><UploadId>U</UploadId>' : '';
  const wrapped = root === 'ListAllMyBucketsResult' ? `<Buckets>${rows}</Buckets>` : rows;
  return `<${root}>${named}${more(numbers.at(-1) ?? 0)}${wrapped}</${root}>`;
}

const truncated = (isTruncated: boolean): string => `<IsTruncated>${isTruncated}</IsTruncated>`;

describe.each(CASES)('$name', (listing) => {
  const { list, next } = listing;

  it('gives the rows of all pages once', async () => {
    answer = (query) =>
      pageOf(listing, query, (last) => truncated(last < ROW_COUNT) + (last < ROW_COUNT ? next(last) : ''));
    expect(await list()).toEqual(ALL);
  });

  it('fails when a server repeats its marker, and does not ask for ever', async () => {
    let count = 0;
    answer = (query) => {
      count += 1;
      return pageOf(listing, query, () => truncated(true) + next(2));
    };
    await expect(list()).rejects.toMatchObject({ code: 'InvalidResponse', outcome: 'not-applied' });
    expect(count).toBe(2);
  });

  it('goes on by the markers of a server that says nothing else', async () => {
    answer = (query) => pageOf(listing, query, (last) => (last > 0 && last < ROW_COUNT ? next(last) : ''));
    expect(await list()).toEqual(ALL);
  });
});

describe.each(CASES.filter(({ name }) => name !== 'listBuckets'))('$name', (listing) => {
  it('goes on behind the last row of a server that says nothing at all', async () => {
    answer = (query) => pageOf(listing, query, () => '');
    expect(await listing.list()).toEqual(ALL);
  });

  it('ends with the first page of such a server when it has no row', async () => {
    const { root } = listing;
    answer = () => `<${root}><Key>a</Key><UploadId>U</UploadId></${root}>`;
    expect(await listing.list()).toEqual([]);
  });
});

describe.each(CASES.filter(({ name }) => name !== 'listObjectsV1'))('$name', (listing) => {
  it('fails when there is more and the server does not say where', async () => {
    answer = (query) => pageOf(listing, query, () => truncated(true));
    await expect(listing.list()).rejects.toMatchObject({ code: 'InvalidResponse', outcome: 'not-applied' });
  });
});

it('lastName compares names by their UTF-8 bytes, as listings are ordered', () => {
  const row = (key: string) => [{ key }];
  expect(lastName([], [])).toBeUndefined();
  expect(lastName(row('a'), [])).toBe('a');
  expect(lastName([], ['b/'])).toBe('b/');
  expect(lastName(row('a'), ['a/'])).toBe('a/');
  expect(lastName(row('b'), ['a/'])).toBe('b');
  // As UTF-16 the first comes before the second.
  expect(lastName(row('\u{1f600}'), ['\uff5e/'])).toBe('\u{1f600}');
});
