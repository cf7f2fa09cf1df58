/**
 * Answers that lack what they must have are refused: an empty name, a time of 1970 or a list that seems to end would be
 * believed. Every reader of an answer is given a whole document, and then the same without each of its needed elements.
 */
import { describe, expect, it } from 'vitest';
import { OssError } from '../../error/oss-error.js';
import { parseAccessControlPolicy } from './access-control-policy.js';
import { parseBucketInfo } from './bucket-info.js';
import { parseBucketStat } from './bucket-stat.js';
import { parseCompleteMultipartUploadResult } from './complete-multipart-upload.js';
import { parseCopyObjectResult, parseCopyPartResult } from './copy-result.js';
import { parseDeleteObjectsResult } from './delete-objects.js';
import { parseInitiateMultipartUploadResult } from './initiate-multipart-upload.js';
import { parseListBucketsResult } from './list-buckets.js';
import { parseListMultipartUploadsResult } from './list-multipart-uploads.js';
import { parseListObjectsResult } from './list-objects.js';
import { parseListObjectsV2Result } from './list-objects-v2.js';
import { parseListPartsResult } from './list-parts.js';
import { parseListVersionsResult } from './list-versions.js';

const AT = '2018-02-24T09:41:56.000Z';
const GRANT = '<AccessControlList><Grant>private</Grant></AccessControlList>';
const FACTS = `<LastModified>${AT}</LastModified><ETag>"A"</ETag><Size>7</Size>`;
const OBJECT = `<Contents><Key>a</Key>${FACTS}</Contents>`;
const OBJECT_ELEMENTS = ['Key', 'LastModified', 'ETag', 'Size'];

const ANSWERS: readonly (readonly [
  name: string,
  parse: (document: string) => unknown,
  document: string,
  needed: readonly string[],
])[] = [
  ['GetBucketAcl', parseAccessControlPolicy, `<AccessControlPolicy>${GRANT}</AccessControlPolicy>`, ['Grant']],
  [
    'GetBucketInfo',
    parseBucketInfo,
    `<BucketInfo><Bucket><CreationDate>${AT}</CreationDate><Name>b</Name>${GRANT}</Bucket></BucketInfo>`,
    ['CreationDate', 'Name', 'Grant', 'Bucket'],
  ],
  [
    'GetBucketStat',
    parseBucketStat,
    '<BucketStat><Storage>9</Storage><ObjectCount>1</ObjectCount></BucketStat>',
    ['Storage', 'ObjectCount'],
  ],
  [
    'CompleteMultipartUpload',
    parseCompleteMultipartUploadResult,
    '<CompleteMultipartUploadResult><Key>a</Key><ETag>"A-1"</ETag></CompleteMultipartUploadResult>',
    ['Key', 'ETag'],
  ],
  ...([parseCopyObjectResult, parseCopyPartResult] as const).map((parse) => {
    const root = parse === parseCopyObjectResult ? 'CopyObjectResult' : 'CopyPartResult';
    const document = `<${root}><ETag>"A"</ETag><LastModified>${AT}</LastModified></${root}>`;
    return [root, parse, document, ['ETag', 'LastModified']] as const;
  }),
  ['DeleteObjects', parseDeleteObjectsResult, '<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>', ['Key']],
  [
    'InitiateMultipartUpload',
    parseInitiateMultipartUploadResult,
    '<InitiateMultipartUploadResult><Key>k</Key><UploadId>0F</UploadId></InitiateMultipartUploadResult>',
    ['Key', 'UploadId'],
  ],
  [
    'ListBuckets',
    parseListBucketsResult,
    `<ListAllMyBucketsResult><Buckets><Bucket><CreationDate>${AT}</CreationDate><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>`,
    ['CreationDate', 'Name'],
  ],
  [
    'ListMultipartUploads',
    parseListMultipartUploadsResult,
    `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>a</Key><UploadId>0F</UploadId><Initiated>${AT}</Initiated></Upload></ListMultipartUploadsResult>`,
    ['Key', 'UploadId', 'Initiated'],
  ],
  ...([parseListObjectsResult, parseListObjectsV2Result] as const).map((parse) => {
    const document = `<ListBucketResult><IsTruncated>false</IsTruncated>${OBJECT}</ListBucketResult>`;
    return [parse.name, parse, document, OBJECT_ELEMENTS] as const;
  }),
  [
    'ListParts',
    parseListPartsResult,
    `<ListPartsResult><Key>k</Key><UploadId>0F</UploadId><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber>${FACTS}</Part></ListPartsResult>`,
    [...OBJECT_ELEMENTS, 'UploadId', 'PartNumber'],
  ],
  [
    'ListVersions',
    parseListVersionsResult,
    `<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>a</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>${FACTS}</Version></ListVersionsResult>`,
    [...OBJECT_ELEMENTS, 'VersionId', 'IsLatest'],
  ],
];

describe.each(ANSWERS)('%s', (_, parse, document, needed) => {
  it('is read whole', () => {
    expect(parse(document)).toBeTypeOf('object');
  });

  it.each(needed)('is refused without %s, and with an empty one', (name) => {
    const element = new RegExp(`<${name}>.*?</${name}>`);
    expect(document).toMatch(element);
    for (const instead of ['', `<${name}></${name}>`]) {
      expect(() => parse(document.replace(element, instead))).toThrow(OssError);
    }
  });
});
