/**
 * The official Node SDK, unmodified, with the little of its surface that tests use typed by hand (it ships no types).
 */
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import type { ServerProcess } from './server-process.js';

export interface AliResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface AliError extends Error {
  readonly code: string;
  readonly status: number;
  readonly requestId?: string;
  readonly ecCode?: string;
}

export interface AliClient {
  append(
    name: string,
    file: string | Buffer | Readable,
    options?: { position?: string | number; headers?: Record<string, string> },
  ): Promise<{ name: string; nextAppendPosition: string; res: AliResponse }>;
  put(name: string, file: string | Buffer | Readable, options?: object): Promise<{ name: string; res: AliResponse }>;
  get(name: string, options?: object): Promise<{ content: Buffer; res: AliResponse }>;
  getStream(name: string, options?: object): Promise<{ stream: Readable; res: AliResponse }>;
  head(
    name: string,
    options?: object,
  ): Promise<{ status: number; meta: Record<string, string> | null; res: AliResponse }>;
  getObjectMeta(name: string): Promise<{ status: number; res: AliResponse }>;
  delete(name: string): Promise<{ res: AliResponse }>;
  deleteMulti(names: string[], options?: object): Promise<{ deleted?: string[] | { Key: string }[]; res: AliResponse }>;
  list(query?: object): Promise<{
    objects?: { name: string; size: number; etag: string; type: string; owner: { id: string } }[];
    prefixes: string[] | null;
    isTruncated: boolean;
    nextMarker: string | null;
  }>;
  listV2(query?: object): Promise<{
    objects?: { name: string; size: number }[];
    prefixes: string[] | null;
    isTruncated: boolean;
    nextContinuationToken: string | null;
    keyCount: string;
  }>;
  listBuckets(query?: object): Promise<{ buckets: { name: string; region: string }[] | null }>;
  putBucket(name: string, options?: object): Promise<{ res: AliResponse }>;
  deleteBucket(name: string): Promise<{ res: AliResponse }>;
  getBucketInfo(name: string): Promise<{ bucket: Record<string, unknown> }>;
  getBucketLocation(name: string): Promise<{ location: string }>;
  getBucketACL(name: string): Promise<{ acl: string }>;
  putBucketACL(name: string, acl: string): Promise<{ res: AliResponse }>;
  getACL(name: string): Promise<{ acl: string }>;
  putACL(name: string, acl: string): Promise<{ res: AliResponse }>;
  signatureUrl(name: string, options?: object): string;
  signatureUrlV4(method: string, expires: number, request?: object, name?: string): Promise<string>;
  useBucket(name: string): void;
}

const OSS = createRequire(import.meta.url)('ali-oss') as new (options: object) => AliClient;

/** How a program may point ali-oss at a server of its own. */
export type AliAddressing = 'ip' | 'ip-sld' | 'localhost-sld';

/**
 * @param version Signature version of every request of this client.
 * @param options Options of the SDK besides.
 */
export function aliClient(
  server: Pick<ServerProcess, 'port' | 'accessKeyId' | 'accessKeySecret'>,
  bucket: string,
  version: 'v1' | 'v4' = 'v4',
  addressing: AliAddressing = 'ip',
  options: object = {},
): AliClient {
  const host = addressing === 'localhost-sld' ? 'localhost' : '127.0.0.1';
  return new OSS({
    region: 'oss-cn-hangzhou',
    endpoint: `http://${host}:${server.port}`,
    accessKeyId: server.accessKeyId,
    accessKeySecret: server.accessKeySecret,
    bucket,
    timeout: 60_000,
    ...(version === 'v4' && { authorizationV4: true }),
    ...(addressing !== 'ip' && { sldEnable: true }),
    ...options,
  });
}
