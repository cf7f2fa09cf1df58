/** A request of one operation and how it is written: of the service, of a bucket, of an object. */
import type { OperationName } from '@annals/protocol';
import type { RawAnswer } from '../harness/http-exchange.js';
import type { TestRequest } from '../harness/test-server.js';

export type Query = Readonly<Record<string, string>>;
/** What later requests need of earlier answers. */
export type Memory = Map<string, string>;
export interface Step {
  readonly name: OperationName;
  request(memory: Memory): TestRequest;
  remember?(memory: Memory, answer: RawAnswer): void;
}

export const bucket = 'every-operation';
export const ACL = { 'x-oss-acl': 'private' };
export const OBJECT_ACL = { 'x-oss-object-acl': 'private' };

export function ofService(name: OperationName, method: string, query: Query, body?: string): Step {
  return { name, request: () => ({ method, query, ...(body !== undefined && { body }) }) };
}

export function ofBucket(
  name: OperationName,
  method: string,
  query: Query = {},
  body?: string,
  headers: Query = {},
): Step {
  return { name, request: () => ({ method, bucket, query, headers, ...(body !== undefined && { body }) }) };
}

export function ofObject(
  name: OperationName,
  method: string,
  key: string,
  query: Query = {},
  body?: string,
  headers: Query = {},
): Step {
  return { name, request: () => ({ method, bucket, key, query, headers, ...(body !== undefined && { body }) }) };
}

export function textIn(answer: RawAnswer, tag: string): string {
  const text = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(answer.body.toString())?.[1];
  if (text === undefined) throw new Error(`The answer has no <${tag}>: ${answer.body}`);
  return text;
}

/** Put, read and deleted by one sub-resource. */
export function configuration(
  [put, get, remove]: readonly [OperationName, OperationName, OperationName?],
  query: Query,
  document: string,
): Step[] {
  const steps = [ofBucket(put, 'PUT', query, document), ofBucket(get, 'GET', query)];
  return remove === undefined ? steps : [...steps, ofBucket(remove, 'DELETE', query)];
}

export const ACCESS_POINT = { 'x-oss-access-point-name': 'ap-01' };
export const BLOCK =
  '<PublicAccessBlockConfiguration><BlockPublicAccess>false</BlockPublicAccess></PublicAccessBlockConfiguration>';
export const TAGGING = '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>';
export const CNAME =
  '<BucketCnameConfiguration><Cname><Domain>www.example.com</Domain></Cname></BucketCnameConfiguration>';
export const RESTORE = '<RestoreRequest><Days>1</Days></RestoreRequest>';

export function uploadStep(name: OperationName, method: string, query: Query, more: Partial<TestRequest> = {}): Step {
  return {
    name,
    request: (memory) => ({
      method,
      bucket,
      key: 'parts',
      query: { ...query, uploadId: memory.get('upload') ?? '' },
      ...more,
    }),
  };
}

export function taskStep(name: OperationName, method: string): Step {
  return {
    name,
    request: (memory) => ({
      method,
      bucket,
      query: { redundancyTransition: '', 'x-oss-redundancy-transition-taskid': memory.get('task') ?? '' },
    }),
  };
}

export function wormStep(name: OperationName, query: Query, body?: string): Step {
  return {
    name,
    request: (memory) => ({
      method: 'POST',
      bucket,
      query: { ...query, wormId: memory.get('worm') ?? '' },
      ...(body !== undefined && { body }),
    }),
  };
}
