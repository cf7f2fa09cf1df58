/**
 * Every reader of an answer's document against thousands of spoiled ones: read, or refused with `MalformedXML`, in
 * bounded memory.
 */
import { describe, it } from 'vitest';
import { type DocumentReader, readSpoiledDocuments } from '../../../../../test/harness/hostile-documents.js';
import { parseErrorHeader, parseErrorXml } from '../../error/error-xml.js';
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
import { parseLocationConstraint } from './location-constraint.js';
import { parsePolicyStatus } from './single-value.js';
import { parseWormConfiguration } from './worm-configuration.js';

const OWNER = '<Owner><ID>1</ID><DisplayName>me</DisplayName></Owner>';
const AT = '2018-02-24T09:41:56.000Z';
const GRANT = '<AccessControlList><Grant>private</Grant></AccessControlList>';
const FACTS = `<LastModified>${AT}</LastModified><ETag>"A"</ETag><Size>7</Size>`;
const VERSION = '<VersionId>null</VersionId><IsLatest>true</IsLatest>';

/** Readers of answers: the client's, which may have been sent to any server. */
const ANSWERS: Readonly<Record<string, DocumentReader>> = {
  parseAccessControlPolicy: {
    read: parseAccessControlPolicy,
    documents: [`<AccessControlPolicy>${OWNER}${GRANT}</AccessControlPolicy>`],
  },
  parseBucketInfo: {
    read: parseBucketInfo,
    documents: [
      `<BucketInfo><Bucket><CreationDate>${AT}</CreationDate><Name>b</Name>${OWNER}${GRANT}<BlockPublicAccess>true</BlockPublicAccess></Bucket></BucketInfo>`,
      `<BucketInfo><Bucket><CreationDate>${AT}</CreationDate><Name>b</Name>${GRANT}<ServerSideEncryptionRule><SSEAlgorithm>None</SSEAlgorithm></ServerSideEncryptionRule><BucketPolicy><LogBucket>l</LogBucket></BucketPolicy></Bucket></BucketInfo>`,
    ],
  },
  parseBucketStat: {
    read: parseBucketStat,
    documents: [
      '<BucketStat><Storage>9</Storage><ObjectCount>1</ObjectCount><LastModifiedTime>1643341269</LastModifiedTime><StandardStorage>9</StandardStorage></BucketStat>',
    ],
  },
  parseCompleteMultipartUploadResult: {
    read: parseCompleteMultipartUploadResult,
    documents: [
      '<CompleteMultipartUploadResult><EncodingType>url</EncodingType><Bucket>b</Bucket><Key>a%20b</Key><ETag>"A-1"</ETag></CompleteMultipartUploadResult>',
    ],
  },
  parseCopyObjectResult: {
    read: parseCopyObjectResult,
    documents: [`<CopyObjectResult><ETag>"A"</ETag><LastModified>${AT}</LastModified></CopyObjectResult>`],
  },
  parseCopyPartResult: {
    read: parseCopyPartResult,
    documents: [`<CopyPartResult><LastModified>${AT}</LastModified><ETag>"A"</ETag></CopyPartResult>`],
  },
  parseDeleteObjectsResult: {
    read: parseDeleteObjectsResult,
    documents: [
      '<DeleteResult><EncodingType>url</EncodingType><Deleted><Key>a%2Fb</Key><DeleteMarker>true</DeleteMarker></Deleted></DeleteResult>',
    ],
  },
  parseInitiateMultipartUploadResult: {
    read: parseInitiateMultipartUploadResult,
    documents: [
      '<InitiateMultipartUploadResult><EncodingType>url</EncodingType><Key>k</Key><UploadId>0F</UploadId></InitiateMultipartUploadResult>',
    ],
  },
  parseListBucketsResult: {
    read: parseListBucketsResult,
    documents: [
      `<ListAllMyBucketsResult>${OWNER}<MaxKeys>9</MaxKeys><Buckets><Bucket><CreationDate>${AT}</CreationDate><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>`,
    ],
  },
  parseListMultipartUploadsResult: {
    read: parseListMultipartUploadsResult,
    documents: [
      `<ListMultipartUploadsResult><EncodingType>url</EncodingType><MaxUploads>1</MaxUploads><IsTruncated>false</IsTruncated><Upload><Key>%61</Key><UploadId>0F</UploadId><Initiated>${AT}</Initiated></Upload></ListMultipartUploadsResult>`,
    ],
  },
  parseListObjectsResult: {
    read: parseListObjectsResult,
    documents: [
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextMarker>%61</NextMarker><Contents><Key>a</Key>${FACTS}</Contents></ListBucketResult>`,
    ],
  },
  parseListObjectsV2Result: {
    read: parseListObjectsV2Result,
    documents: [
      `<ListBucketResult><Prefix>a</Prefix><MaxKeys>9</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>a</Key>${FACTS}</Contents><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>`,
    ],
  },
  parseListPartsResult: {
    read: parseListPartsResult,
    documents: [
      `<ListPartsResult><Key>k</Key><UploadId>0F</UploadId><MaxParts>1</MaxParts><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber>${FACTS}<HashCrc64ecma>18446744073709551615</HashCrc64ecma></Part></ListPartsResult>`,
    ],
  },
  parseListVersionsResult: {
    read: parseListVersionsResult,
    documents: [
      `<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>a</Key>${VERSION}${FACTS}</Version><DeleteMarker><Key>b</Key>${VERSION}<LastModified>${AT}</LastModified>${OWNER}</DeleteMarker></ListVersionsResult>`,
    ],
  },
  parseLocationConstraint: {
    read: parseLocationConstraint,
    documents: ['<LocationConstraint>oss-cn-hangzhou</LocationConstraint>'],
  },
  parsePolicyStatus: {
    read: parsePolicyStatus,
    documents: ['<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>'],
  },
  parseWormConfiguration: {
    read: parseWormConfiguration,
    documents: [
      `<WormConfiguration><WormId>W</WormId><RetentionPeriodInDays>3</RetentionPeriodInDays><CreationDate>${AT}</CreationDate></WormConfiguration>`,
    ],
  },
};

/** Readers that never refuse: what is no error document is no answer of ours. */
const ERRORS: Readonly<Record<string, DocumentReader>> = {
  parseErrorXml: {
    read: parseErrorXml,
    documents: [
      '<Error><Code>NoSuchKey</Code><Message>m</Message><RequestId>5</RequestId><EC>0026-00000001</EC></Error>',
      '<Error><Code>A</Code><Outer><Inner>1</Inner><__proto>2</__proto></Outer><Bucket>b</Bucket></Error>',
    ],
  },
  parseErrorHeader: {
    read: (document) => parseErrorHeader(Buffer.from(document).toString('base64')),
    documents: ['<Error><Code>NoSuchKey</Code><Message>m</Message><RequestId>5</RequestId></Error>'],
  },
};

describe('thousands of spoiled documents each', () => {
  it.each(Object.entries(ANSWERS))('%s', { timeout: 300_000 }, (_, reader) => readSpoiledDocuments(reader));
  it.each(Object.entries(ERRORS))('%s', { timeout: 300_000 }, (_, reader) => readSpoiledDocuments(reader, []));
});
