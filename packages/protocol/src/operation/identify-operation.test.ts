import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { OssError } from '../error/oss-error.js';
import { parseQuery } from '../query.js';
import type { Scope } from '../request-target.js';
import { SUB_RESOURCES_V1 } from '../signature/v1.js';
import { actionOf, identifyOperation } from './identify-operation.js';
import { OPERATION_NAMES, OPERATIONS, UNDOCUMENTED_SUB_RESOURCES } from './operation-table.js';
import { SIGNED_PARAMETERS } from './signed-parameters.js';

function identify(method: string, scope: Scope, query = '', headers: Record<string, string> = {}): string {
  return identifyOperation({ method, scope, query: parseQuery(query), headers: new Map(Object.entries(headers)) });
}

function refusal(method: string, scope: Scope, query: string): OssError {
  try {
    identify(method, scope, query);
  } catch (error) {
    if (error instanceof OssError) return error;
    throw error;
  }
  throw new Error(`${method} ${scope} ?${query} was accepted`);
}

const COPY = { 'x-oss-copy-source': '/b/k' };
const FORM = { 'content-type': 'multipart/form-data; boundary=x' };

describe('identifyOperation', () => {
  it.each<[string, Scope, string, string, Record<string, string>?]>([
    ['GET', 'service', '', 'ListBuckets'],
    ['GET', 'service', 'tagging=a&prefix=x', 'ListBuckets'],
    ['GET', 'service', 'regions', 'DescribeRegions'],
    ['PUT', 'bucket', '', 'PutBucket'],
    ['DELETE', 'bucket', '', 'DeleteBucket'],
    ['HEAD', 'bucket', '', 'HeadBucket'],
    ['GET', 'bucket', 'prefix=a&max-keys=5', 'ListObjects'],
    ['GET', 'bucket', 'list-type=1', 'ListObjects'],
    ['GET', 'bucket', 'list-type=2&start-after=a', 'ListObjectsV2'],
    ['GET', 'bucket', 'versions', 'ListObjectVersions'],
    ['GET', 'bucket', 'uploads', 'ListMultipartUploads'],
    ['GET', 'bucket', 'bucketInfo', 'GetBucketInfo'],
    ['GET', 'bucket', 'acl', 'GetBucketAcl'],
    ['PUT', 'bucket', 'acl', 'PutBucketAcl'],
    ['POST', 'bucket', 'delete', 'DeleteMultipleObjects'],
    ['POST', 'bucket', 'delete=&encoding-type=url', 'DeleteMultipleObjects'],
    ['POST', 'bucket', '', 'PostObject', FORM],
    ['POST', 'bucket', 'wormId=1', 'CompleteBucketWorm'],
    ['POST', 'bucket', 'wormId=1&wormExtend', 'ExtendBucketWorm'],
    ['GET', 'bucket', 'inventory', 'ListBucketInventory'],
    ['GET', 'bucket', 'inventory&inventoryId=1', 'GetBucketInventory'],
    ['GET', 'service', 'accessPoint', 'ListAccessPoints'],
    ['GET', 'bucket', 'accessPoint', 'ListBucketAccessPoints'],
    ['PUT', 'bucket', 'publicAccessBlock', 'PutBucketPublicAccessBlock'],
    ['PUT', 'bucket', 'publicAccessBlock&x-oss-access-point-name=a', 'PutAccessPointPublicAccessBlock'],
    ['POST', 'bucket', 'metaQuery&comp=query', 'DoMetaQuery'],
    ['GET', 'bucket', 'cname', 'ListCname'],
    ['GET', 'bucket', 'cname&comp=token', 'GetCnameToken'],
    ['PUT', 'object', '', 'PutObject'],
    ['PUT', 'object', 'nonsense=1&versionId=x', 'PutObject'],
    ['PUT', 'object', '', 'CopyObject', COPY],
    ['PUT', 'object', 'partNumber=1&uploadId=2', 'UploadPart'],
    ['PUT', 'object', 'partNumber=1&uploadId=2', 'UploadPartCopy', COPY],
    ['PUT', 'object', 'tagging', 'PutObjectTagging'],
    ['PUT', 'object', 'tagging', 'PutObjectTagging', COPY],
    ['GET', 'object', 'response-content-type=text/plain', 'GetObject'],
    ['GET', 'object', 'position=3', 'GetObject'],
    ['HEAD', 'object', '', 'HeadObject'],
    ['HEAD', 'object', 'objectMeta', 'GetObjectMeta'],
    ['GET', 'object', 'objectMeta', 'GetObjectMeta'],
    ['DELETE', 'object', 'versionId=null', 'DeleteObject'],
    ['DELETE', 'object', 'uploadId=1', 'AbortMultipartUpload'],
    ['POST', 'object', 'append', 'AppendObject'],
    ['POST', 'object', 'append=&position=0', 'AppendObject'],
    ['POST', 'object', 'position=0&append', 'AppendObject', FORM],
    ['POST', 'object', 'seal&position=3', 'SealAppendObject'],
    ['POST', 'object', 'convert&type=appendable', 'ConvertObject'],
    ['GET', 'object', 'follow&position=3', 'FollowObject'],
    ['POST', 'object', 'uploads', 'InitiateMultipartUpload'],
    ['POST', 'object', 'uploadId=1', 'CompleteMultipartUpload'],
    ['GET', 'object', 'uploadId=1', 'ListParts'],
    ['GET', 'object', 'x-oss-process=image/info', 'ProcessImage'],
    ['POST', 'object', 'x-oss-process=image/info', 'PostProcess'],
    ['POST', 'object', 'x-oss-process=csv/select', 'SelectObject'],
    ['PUT', 'object', 'live&status=enabled', 'PutLiveChannelStatus'],
    ['OPTIONS', 'object', 'acl&tagging', 'OptionObject'],
    ['OPTIONS', 'service', '', 'OptionObject'],
    ['GET', 'bucket', 'vpcip', 'unknown'],
    ['PUT', 'object', 'udf', 'unknown'],
    // Nobody who names a part wants the whole deleted.
    ['DELETE', 'bucket', 'lifecyle', 'unknown'],
    ['DELETE', 'object', 'acl2', 'unknown'],
    ['DELETE', 'bucket', '_=1', 'DeleteBucket'],
    ['DELETE', 'object', 'versionId', 'DeleteObject'],
    ['PUT', 'object', 'anything', 'PutObject'],
    ['DELETE', 'bucket', 'policy&comp=callback', 'unknown'],
    ['PUT', 'bucket', 'policy&comp=callback', 'unknown'],
    ['GET', 'bucket', 'comp=x', 'unknown'],
    ['PUT', 'bucket', 'responseHeader', 'unknown'],
    ['GET', 'bucket', 'responseHeader', 'unknown'],
    ['GET', 'object', 'x-oss-ac-source-ip=1.2.3.4', 'unknown'],
  ])('reads %s %s ?%s as %s', (method, scope, query, expected, headers) => {
    expect(identify(method, scope, query, headers)).toBe(expected);
  });

  it.each<[string, Scope, string, string, string]>([
    ['GET', 'object', 'append', 'POST, OPTIONS', 'Object'],
    ['PUT', 'object', 'append&position=0', 'POST, OPTIONS', 'Object'],
    ['POST', 'object', '', 'PUT, GET, HEAD, DELETE, OPTIONS', 'Object'],
    ['PATCH', 'bucket', '', 'PUT, DELETE, HEAD, GET, POST, OPTIONS', 'Bucket'],
    ['DELETE', 'service', '', 'GET, OPTIONS', 'Service'],
    ['HEAD', 'object', 'acl', 'PUT, GET, OPTIONS', 'Object'],
    ['POST', 'object', 'delete', 'OPTIONS', 'Object'],
  ])('refuses %s %s ?%s and allows %j', (method, scope, query, allow, resourceType) => {
    const error = refusal(method, scope, query);
    expect(error.code).toBe('MethodNotAllowed');
    expect(error.status).toBe(405);
    expect(error.headers).toEqual({ Allow: allow });
    expect(error.details).toEqual({ Method: method.toLowerCase(), ResourceType: resourceType });
  });

  it('names the key that is missing beside a sub-resource', () => {
    expect(refusal('PUT', 'object', 'uploadId=1')).toMatchObject({
      code: 'MissingArgument',
      details: { ArgumentName: 'partNumber' },
    });
    expect(refusal('PUT', 'object', 'partNumber=1').details).toEqual({ ArgumentName: 'uploadId' });
    expect(refusal('PUT', 'bucket', 'inventory').details).toEqual({ ArgumentName: 'inventoryId' });
  });
  it('names the value that no operation has', () => {
    expect(refusal('POST', 'bucket', 'metaQuery&comp=x')).toMatchObject({
      code: 'InvalidArgument',
      details: { ArgumentName: 'comp', ArgumentValue: 'x' },
    });
  });
  it('refuses sub-resources that contradict each other', () => {
    expect(refusal('PUT', 'object', 'acl&tagging')).toMatchObject({ code: 'InvalidArgument', status: 400 });
  });
  it('refuses a POST to a bucket that is no form', () => {
    expect(refusal('POST', 'bucket', '').code).toBe('RequestIsNotMultiPartContent');
  });

  it('never takes a request with a sub-resource for a plain operation', () => {
    const keys = [...new Set(OPERATION_NAMES.flatMap((name) => OPERATIONS[name].query)), ...UNDOCUMENTED_SUB_RESOURCES];
    for (const key of keys) {
      for (const scope of ['service', 'bucket', 'object'] as const) {
        for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH']) {
          for (const headers of [{}, COPY, FORM]) {
            let name: string;
            try {
              name = identify(method, scope, key, headers);
            } catch (error) {
              if (!(error instanceof OssError)) throw error;
              continue;
            }
            if (name === 'unknown' || (name === 'ListBuckets' && key === 'tagging')) continue;
            expect(OPERATIONS[name as keyof typeof OPERATIONS].query).toContain(key);
          }
        }
      }
    }
  });

  it('has one place for every name that clients sign: a sub-resource of a row, one without a row, or a parameter', () => {
    const selectors = new Set(OPERATION_NAMES.flatMap((name) => OPERATIONS[name].query));
    for (const name of SUB_RESOURCES_V1) {
      const places = [
        selectors.has(name),
        UNDOCUMENTED_SUB_RESOURCES.includes(name),
        Object.hasOwn(SIGNED_PARAMETERS, name),
      ];
      expect([name, places.filter((isThere) => isThere).length]).toEqual([name, 1]);
    }
  });

  it('never takes a request with an action that a row does not know', () => {
    for (const name of OPERATION_NAMES) {
      const row = OPERATIONS[name];
      if (row.scope === 'any') continue;
      const query = [
        ...row.query,
        ...Object.entries(row.values ?? {}).map(([key, values]) => `${key}=${values[0]}`),
      ].filter((entry) => !entry.startsWith('comp='));
      for (const action of ['', '=', '=callback', '=x']) {
        const headers = {
          ...(row.header !== undefined && { [row.header]: 'x' }),
          ...(name === 'PostObject' && FORM),
        };
        for (const method of row.methods) {
          let found: string;
          try {
            found = identify(method, row.scope, [...query, `comp${action}`].join('&'), headers);
          } catch (error) {
            if (!(error instanceof OssError)) throw error;
            expect(error.code).toBe('InvalidArgument');
            continue;
          }
          expect([name, method, action, found]).toEqual([name, method, action, 'unknown']);
        }
      }
    }
  });

  it('gives every row back for the request that the row describes', () => {
    for (const name of OPERATION_NAMES) {
      const row = OPERATIONS[name];
      const query = [
        ...row.query.filter((key) => !(key in (row.values ?? {}))),
        ...Object.entries(row.values ?? {}).map(([key, values]) => `${key}=${values[0]}`),
      ].join('&');
      const headers = {
        ...(row.header !== undefined && { [row.header]: 'x' }),
        ...(name === 'PostObject' && FORM),
      };
      for (const method of row.methods) {
        expect(identify(method, row.scope === 'any' ? 'object' : row.scope, query, headers)).toBe(name);
      }
    }
  });

  it('names an operation for hostile requests, or refuses them', { timeout: 300_000 }, async () => {
    const keys = [...new Set(OPERATION_NAMES.flatMap((name) => OPERATIONS[name].query)), ...UNDOCUMENTED_SUB_RESOURCES];
    const values = OPERATION_NAMES.flatMap((name) => Object.values(OPERATIONS[name].values ?? {}).flat());
    const entry = fc
      .tuple(fc.nat(), fc.constantFrom('', '', '=', '=1', '=%00', ...values.map((value) => `=${value}`)))
      .map(([number, value]) => `${keys[number % (2 * keys.length)] ?? `k${number}`}${value}`);
    const names = ['x-oss-copy-source', 'content-type', '__proto__', 'x-oss-append-position'];
    const headerValues = ['', '/b/k', 'multipart/form-data; boundary=x', 'multipart/form-dat'];
    await readHostileInputs({
      inputs: fc.tuple(
        fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'get', '__proto__', ''),
        fc.constantFrom<Scope>('service', 'bucket', 'object'),
        fc.array(entry, { maxLength: 4 }).map((entries) => parseQuery(entries.join('&'))),
        fc.tuple(fc.constantFrom(...names), fc.constantFrom(...headerValues)).map((header) => new Map([header])),
      ),
      read: ([method, scope, query, headers]) => identifyOperation({ method, scope, query, headers }),
      refusals: ['MethodNotAllowed', 'MissingArgument', 'InvalidArgument', 'RequestIsNotMultiPartContent'],
      lengthOf: () => 0,
      allowance: { perInputBytes: 24 * 1024, perCharacterBytes: 0 },
    });
  });
});

describe('actionOf', () => {
  it('takes the permission of the version if one is named', () => {
    expect(actionOf('GetObject', false)).toBe('oss:GetObject');
    expect(actionOf('GetObject', true)).toBe('oss:GetObjectVersion');
    expect(actionOf('AppendObject', true)).toBe('oss:PutObject');
    expect(actionOf('SealAppendObject', false)).toBe('oss:SealAppendObject');
    expect(actionOf('PutBucketTags', false)).toBe('oss:PutBucketTagging');
  });
});
