import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OssError } from '../../error/oss-error.js';
import { parseEncodingType } from '../encoding-type.js';
import { written } from '../written-fixture.js';
import { parseAccessControlPolicy, renderAccessControlPolicy } from './access-control-policy.js';
import { parseBucketInfo, renderBucketInfo } from './bucket-info.js';
import { parseBucketStat, renderBucketStat } from './bucket-stat.js';
import {
  parseCompleteMultipartUpload,
  parseCompleteMultipartUploadResult,
  renderCompleteMultipartUpload,
  renderCompleteMultipartUploadResult,
} from './complete-multipart-upload.js';
import {
  parseCopyObjectResult,
  parseCopyPartResult,
  renderCopyObjectResult,
  renderCopyPartResult,
} from './copy-result.js';
import { parseCreateBucketConfiguration, renderCreateBucketConfiguration } from './create-bucket.js';
import {
  parseDeleteObjectsRequest,
  parseDeleteObjectsResult,
  renderDeleteObjectsRequest,
  renderDeleteObjectsResult,
} from './delete-objects.js';
import {
  parseInitiateMultipartUploadResult,
  renderInitiateMultipartUploadResult,
} from './initiate-multipart-upload.js';
import { parseListBucketsResult, renderListBucketsResult } from './list-buckets.js';
import { parseListMultipartUploadsResult, renderListMultipartUploadsResult } from './list-multipart-uploads.js';
import { parseListObjectsResult, renderListObjectsResult } from './list-objects.js';
import { parseListObjectsV2Result, renderListObjectsV2Result } from './list-objects-v2.js';
import { parseListPartsResult, renderListPartsResult } from './list-parts.js';
import { parseListVersionsResult, renderListVersionsResult } from './list-versions.js';
import { parseLocationConstraint, renderLocationConstraint } from './location-constraint.js';
import { parseTagging, renderTagging } from './tagging.js';
import { parseVersioningConfiguration, renderVersioningConfiguration } from './versioning.js';

const OWNER = { id: '1234', displayName: 'me' };
const AT_MS = Date.UTC(2018, 1, 24, 9, 41, 56);
const SUMMARY = {
  key: ' a&b <1>.log ',
  lastModifiedMs: AT_MS,
  etag: 'AB',
  type: 'Appendable',
  lengthBytes: 7,
  storageClass: 'Standard',
  owner: OWNER,
};

function failure(action: () => unknown): OssError {
  try {
    action();
  } catch (error) {
    if (error instanceof OssError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('ListObjects document', () => {
  it('is written as the public service writes it', () => {
    const result = {
      bucket: 'logs',
      prefix: 'a',
      maxKeys: 100,
      isTruncated: false,
      objects: [{ ...SUMMARY, key: 'a.log' }],
      commonPrefixes: ['a/'],
    };
    expect(written(renderListObjectsResult(result))).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult>
  <Name>logs</Name>
  <Prefix>a</Prefix>
  <Marker></Marker>
  <MaxKeys>100</MaxKeys>
  <Delimiter></Delimiter>
  <IsTruncated>false</IsTruncated>
  <Contents>
    <Key>a.log</Key>
    <LastModified>2018-02-24T09:41:56.000Z</LastModified>
    <ETag>"AB"</ETag>
    <Type>Appendable</Type>
    <Size>7</Size>
    <StorageClass>Standard</StorageClass>
    <Owner>
      <ID>1234</ID>
      <DisplayName>me</DisplayName>
    </Owner>
  </Contents>
  <CommonPrefixes>
    <Prefix>a/</Prefix>
  </CommonPrefixes>
</ListBucketResult>
`);
    expect(parseListObjectsResult(written(renderListObjectsResult(result)))).toEqual(result);
  });
  it('carries every key with encoding-type=url', () => {
    const key = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 5 }), key, (keys, name) => {
        const result = {
          bucket: 'logs',
          prefix: name,
          marker: name,
          maxKeys: 1000,
          delimiter: name,
          encodingType: 'url' as const,
          isTruncated: true,
          nextMarker: name,
          objects: keys.map((text) => ({ ...SUMMARY, key: text })),
          commonPrefixes: keys,
        };
        expect(parseListObjectsResult(written(renderListObjectsResult(result)))).toEqual(result);
      }),
      { numRuns: 500 },
    );
  });
  it('carries spaces and markup without it', () => {
    const result = { bucket: 'b', maxKeys: 1, isTruncated: false, objects: [SUMMARY], commonPrefixes: [' \n'] };
    expect(parseListObjectsResult(written(renderListObjectsResult(result)))).toEqual(result);
  });
});

describe('ListObjectsV2 document', () => {
  it('comes back as it was, and counts keys and prefixes', () => {
    const { owner: _, ...unowned } = SUMMARY;
    const result = {
      bucket: 'logs',
      startAfter: 'a b',
      continuationToken: 'CgJh',
      maxKeys: 2,
      encodingType: 'url' as const,
      isTruncated: true,
      nextContinuationToken: 'CgJiYw--',
      objects: [unowned, SUMMARY],
      commonPrefixes: ['x/'],
    };
    const document = written(renderListObjectsV2Result(result));
    expect(document).toContain('<KeyCount>3</KeyCount>');
    expect(document).toContain('<StartAfter>a%20b</StartAfter>');
    expect(document).toContain('<NextContinuationToken>CgJiYw--</NextContinuationToken>');
    expect(parseListObjectsV2Result(document)).toEqual(result);
  });
});

describe('ListObjectVersions document', () => {
  const version = { kind: 'version' as const, ...SUMMARY, versionId: 'v2', isLatest: false };
  const marker = {
    kind: 'delete-marker' as const,
    key: 'k',
    versionId: 'null',
    isLatest: true,
    lastModifiedMs: AT_MS,
    owner: OWNER,
  };
  it('comes back with versions and delete markers in their order', () => {
    const result = {
      bucket: 'logs',
      maxKeys: 2,
      isTruncated: true,
      nextKeyMarker: 'k',
      nextVersionIdMarker: 'v2',
      versions: [version, marker, { ...version, versionId: 'v1' }],
      commonPrefixes: [],
    };
    expect(parseListVersionsResult(written(renderListVersionsResult(result)))).toEqual(result);
  });
  it('has the elements that one SDK demands even if they are empty', () => {
    const result = { bucket: 'b', maxKeys: 2, isTruncated: false, versions: [], commonPrefixes: [] };
    const document = written(renderListVersionsResult(result));
    for (const name of ['Prefix', 'KeyMarker', 'VersionIdMarker', 'Delimiter']) {
      expect(document).toContain(`<${name}></${name}>`);
    }
    expect(document).not.toContain('NextKeyMarker');
    expect(parseListVersionsResult(document)).toEqual(result);
  });
});

describe('ListBuckets document', () => {
  const bucket = {
    name: 'logs',
    location: 'oss-local',
    region: 'local',
    createdAtMs: AT_MS,
    extranetEndpoint: 'h:1',
    intranetEndpoint: 'h:1',
    storageClass: 'Standard',
  };
  it('comes back as it was', () => {
    const whole = { owner: OWNER, buckets: [bucket] };
    expect(parseListBucketsResult(written(renderListBucketsResult(whole)))).toEqual(whole);
    expect(written(renderListBucketsResult(whole))).not.toContain('IsTruncated');
    const page = { ...whole, prefix: 'l', marker: 'a', maxKeys: 1, isTruncated: true, nextMarker: 'logs' };
    expect(parseListBucketsResult(written(renderListBucketsResult(page)))).toEqual(page);
    expect(parseListBucketsResult(written(renderListBucketsResult({ owner: OWNER, buckets: [] }))).buckets).toEqual([]);
  });
});

describe('bucket documents', () => {
  it('come back as they were', () => {
    const info = {
      name: 'logs',
      owner: OWNER,
      acl: 'private',
      createdAtMs: AT_MS,
      location: 'oss-local',
      extranetEndpoint: 'h',
      intranetEndpoint: 'h',
      storageClass: 'IA',
      dataRedundancyType: 'LRS',
      versioning: 'Enabled',
      blockPublicAccess: false,
      sseAlgorithm: 'None',
    };
    expect(parseBucketInfo(renderBucketInfo(info))).toEqual(info);
    expect(parseLocationConstraint(renderLocationConstraint('oss-local'))).toBe('oss-local');
    const policy = { owner: OWNER, grant: 'public-read' };
    expect(parseAccessControlPolicy(renderAccessControlPolicy(policy))).toEqual(policy);
    const stat = {
      storageBytes: 5 * 2 ** 40,
      objectCount: 3,
      storageClasses: {
        Standard: { storageBytes: 1, objectCount: 2 },
        IA: { storageBytes: 3, objectCount: 4 },
        Archive: { storageBytes: 5, objectCount: 6 },
        ColdArchive: { storageBytes: 7, objectCount: 8 },
        DeepColdArchive: { storageBytes: 9, objectCount: 10 },
      },
      multipartUploadCount: 2,
      liveChannelCount: 5,
      multipartPartCount: 1,
      deleteMarkerCount: 0,
      lastModifiedMs: AT_MS,
    };
    expect(parseBucketStat(renderBucketStat(stat))).toEqual(stat);
    for (const status of ['Enabled', 'Suspended', undefined] as const) {
      expect(parseVersioningConfiguration(renderVersioningConfiguration(status))).toBe(status);
    }
  });
  it('refuse an unknown versioning status', () => {
    const document = '<VersioningConfiguration><Status>On</Status></VersioningConfiguration>';
    expect(failure(() => parseVersioningConfiguration(document)).code).toBe('InvalidArgument');
  });
  it('read what a new bucket shall be like', () => {
    const configuration = { storageClass: 'IA', dataRedundancyType: 'ZRS' } as const;
    expect(parseCreateBucketConfiguration(renderCreateBucketConfiguration(configuration))).toEqual(configuration);
    expect(parseCreateBucketConfiguration(new Uint8Array())).toEqual({});
    const refused = ['StorageClass', 'DataRedundancyType'].map((name) =>
      failure(() =>
        parseCreateBucketConfiguration(`<CreateBucketConfiguration><${name}>x</${name}></CreateBucketConfiguration>`),
      ),
    );
    expect(refused.map((error) => error.code)).toEqual(['MalformedXML', 'MalformedXML']);
  });
});

describe('DeleteMultipleObjects documents', () => {
  it('come back as they were', () => {
    const request = { isQuiet: true, objects: [{ key: ' a\tb&' }, { key: '1', versionId: 'null' }] };
    expect(parseDeleteObjectsRequest(renderDeleteObjectsRequest(request))).toEqual(request);
    const result = {
      encodingType: 'url' as const,
      deleted: [{ key: 'a\u0001' }, { key: 'b', versionId: 'v', isDeleteMarker: true, deleteMarkerVersionId: 'm' }],
    };
    expect(parseDeleteObjectsResult(written(renderDeleteObjectsResult(result)))).toEqual(result);
    expect(parseDeleteObjectsResult('')).toEqual({ deleted: [] });
  });
  it('accept 1000 keys and refuse 1001', () => {
    const objects = Array.from({ length: 1001 }, (_, index) => ({ key: `k${index}` }));
    const parse = (count: number) =>
      parseDeleteObjectsRequest(renderDeleteObjectsRequest({ isQuiet: false, objects: objects.slice(0, count) }));
    expect(parse(1000).objects).toHaveLength(1000);
    expect(failure(() => parse(1001))).toMatchObject({ code: 'MalformedXML', ec: '0016-00000608', status: 400 });
  });
  it.each([
    '',
    '<Delete>',
    '<Delete></Delete>',
    '<Delete><Object></Object></Delete>',
    '<Delete><Object><Key></Key></Object></Delete>',
    '<Remove><Object><Key>a</Key></Object></Remove>',
    '<Delete><Quiet>maybe</Quiet><Object><Key>a</Key></Object></Delete>',
  ])('refuse %s', (document) => {
    expect(failure(() => parseDeleteObjectsRequest(document))).toMatchObject({
      code: 'MalformedXML',
      ec: '0016-00000608',
    });
  });
});

describe('multipart documents', () => {
  it('come back as they were', () => {
    const upload = { encodingType: 'url' as const, bucket: 'b', key: 'k k', uploadId: '0F' };
    expect(parseInitiateMultipartUploadResult(renderInitiateMultipartUploadResult(upload))).toEqual(upload);
    const parts = [
      { partNumber: 2, etag: 'A' },
      { partNumber: 1, etag: 'B' },
    ];
    expect(parseCompleteMultipartUpload(renderCompleteMultipartUpload(parts))).toEqual(parts);
    const result = { location: 'http://h/b/k', bucket: 'b', key: 'k', etag: 'A-2' };
    expect(parseCompleteMultipartUploadResult(renderCompleteMultipartUploadResult(result))).toEqual(result);
    const list = {
      bucket: 'b',
      key: 'k',
      uploadId: '0F',
      storageClass: 'Standard',
      partNumberMarker: 0,
      nextPartNumberMarker: 1,
      maxParts: 1,
      isTruncated: true,
      parts: [{ partNumber: 1, lastModifiedMs: AT_MS, etag: 'A', crc64: 2n ** 64n - 1n, lengthBytes: 5 }],
    };
    expect(parseListPartsResult(written(renderListPartsResult(list)))).toEqual(list);
    const uploads = {
      bucket: 'b',
      prefix: 'k',
      maxUploads: 1,
      isTruncated: false,
      uploads: [{ key: 'k', uploadId: '0F', storageClass: 'Standard', initiatedAtMs: AT_MS }],
      commonPrefixes: ['p/'],
    };
    const document = written(renderListMultipartUploadsResult(uploads));
    expect(document).toContain('<NextKeyMarker></NextKeyMarker>');
    expect(parseListMultipartUploadsResult(document)).toEqual(uploads);
    const copy = { etag: 'A', lastModifiedMs: AT_MS };
    expect(parseCopyObjectResult(renderCopyObjectResult(copy))).toEqual(copy);
    expect(parseCopyPartResult(renderCopyPartResult(copy))).toEqual(copy);
  });
  it.each([
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>',
    '<CompleteMultipartUpload><Part><ETag>A</ETag></Part></CompleteMultipartUpload>',
  ])('refuse %s', (document) => {
    expect(failure(() => parseCompleteMultipartUpload(document))).toMatchObject({
      code: 'MalformedXML',
      ec: '0042-00000205',
    });
  });
});

describe('Tagging document', () => {
  it('comes back as it was', () => {
    const tags = [
      { key: 'a b', value: '1' },
      { key: 'c', value: '' },
    ];
    expect(parseTagging(renderTagging(tags))).toEqual(tags);
    expect(renderTagging([])).toContain('<TagSet></TagSet>');
    expect(parseTagging(renderTagging([]))).toEqual([]);
  });
  it('is refused without a set or a key', () => {
    expect(failure(() => parseTagging('<Tagging></Tagging>')).code).toBe('MalformedXML');
    expect(failure(() => parseTagging('<Tagging><TagSet><Tag></Tag></TagSet></Tagging>')).code).toBe('MalformedXML');
  });
});

describe('parseEncodingType', () => {
  it('knows url alone', () => {
    expect([undefined, '', 'url', 'URL'].map(parseEncodingType)).toEqual([undefined, undefined, 'url', 'url']);
    expect(failure(() => parseEncodingType('base64')).code).toBe('InvalidArgument');
  });
});
