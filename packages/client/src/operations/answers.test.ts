/**
 * Calls whose answer is not what the protocol promises: what they end with, and what they say of the outcome. What
 * single documents need is tested by the protocol package.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../client.js';

let server: Server;
let client: Client;
let respond: (response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => respond(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ accessKeyId: 'id', accessKeySecret: 'secret', retry: { attemptCountMax: 1 } },
  });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const bucket = 'logs';
const target = { bucket, key: 'a' };
const upload = { ...target, uploadId: 'U' };

async function drain(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pages);
}

const READS: readonly (readonly [name: string, call: () => Promise<unknown>])[] = [
  ['listObjects', () => drain(client.listObjects({ bucket }))],
  ['listObjectsV1', () => drain(client.listObjectsV1({ bucket }))],
  ['listVersions', () => drain(client.listVersions({ bucket }))],
  ['listMultipartUploads', () => drain(client.listMultipartUploads({ bucket }))],
  ['listParts', () => drain(client.listParts(upload))],
  ['listBuckets', () => drain(client.listBuckets())],
  ['getBucketInfo', () => client.getBucketInfo({ bucket })],
  ['getBucketLocation', () => client.getBucketLocation({ bucket })],
  ['getBucketStat', () => client.getBucketStat({ bucket })],
  ['getBucketAcl', () => client.getBucketAcl({ bucket })],
  ['getObjectAcl', () => client.getObjectAcl(target)],
  ['getObjectTags', () => client.getObjectTags(target)],
  ['getSymlink', () => client.getSymlink(target)],
  ['headObject', () => client.headObject(target)],
  ...['versioning', 'tags', 'lifecycle', 'cors', 'policy', 'encryption', 'logging', 'referer', 'website'].map(
    (name) => [name, () => settingOf(name).get({ bucket })] as const,
  ),
];

const CHANGES: readonly (readonly [name: string, call: () => Promise<unknown>])[] = [
  ['putObject', () => client.putObject({ ...target, body: 'x' })],
  ['copyObject', () => client.copyObject({ ...target, source: target })],
  ['initiateMultipartUpload', () => client.initiateMultipartUpload(target)],
  ['uploadPart', () => client.uploadPart({ ...upload, partNumber: 1, body: 'x' })],
  ['uploadPartCopy', () => client.uploadPartCopy({ ...upload, partNumber: 1, source: target })],
  ['completeMultipartUpload', () => client.completeMultipartUpload({ ...upload, parts: [] })],
  ['deleteObjects', () => client.deleteObjects({ bucket, objects: ['a'] })],
  ['convertObject', () => client.convertObject({ ...target, type: 'appendable' })],
  ['sealObject', () => client.sealObject({ ...target, position: 0 })],
];

function settingOf(name: string): { get(input: { readonly bucket: string }): Promise<unknown> } {
  const found = Object.entries(client.bucketSettings).find(([each]) => each === name);
  if (found === undefined) throw new Error(`There is no setting ${name}`);
  return found[1];
}

describe('an answer that is another document', () => {
  it.each(READS)('to %s changed nothing', async (_, call) => {
    // HEAD answers have no document, and no length either when they are chunked.
    respond = (response) => response.writeHead(200, { 'transfer-encoding': 'chunked' }).end('<Other><a/></Other>');
    await expect(call()).rejects.toMatchObject({ code: 'InvalidResponse', outcome: 'not-applied' });
  });

  it.each(CHANGES)('to %s comes after the change', async (_, call) => {
    respond = (response) => response.writeHead(200).end('<Other><a/></Other>');
    await expect(call()).rejects.toMatchObject({ code: 'InvalidResponse', outcome: 'applied' });
  });
});

describe('an answer that breaks off', () => {
  const cut = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-length': '1000' }).write('<CopyObjectResult>', () => response.destroy());
  };

  it.each([
    ['copyObject', () => client.copyObject({ ...target, source: target })],
    ['completeMultipartUpload', () => client.completeMultipartUpload({ ...upload, parts: [] })],
    ['deleteObjects', () => client.deleteObjects({ bucket, objects: ['a'] })],
  ])('to %s leaves it in doubt', async (_, call) => {
    respond = cut;
    await expect(call()).rejects.toMatchObject({ code: 'NetworkFailed', outcome: 'unknown' });
  });

  it('to a listing changed nothing', async () => {
    respond = cut;
    await expect(drain(client.listObjects({ bucket }))).rejects.toMatchObject({
      code: 'NetworkFailed',
      outcome: 'not-applied',
    });
  });
});

describe('bytes that are stored differently', () => {
  it.each([
    ['putObject', () => client.putObject({ ...target, body: 'x' })],
    ['uploadPart', () => client.uploadPart({ ...upload, partNumber: 1, body: 'x' })],
  ])('are noticed by %s', async (_, call) => {
    respond = (response) => response.writeHead(200, { etag: '"A"', 'x-oss-hash-crc64ecma': '7' }).end();
    await expect(call()).rejects.toMatchObject({ code: 'ChecksumMismatch', outcome: 'applied' });
  });
});

it('a batch that fails after others leaves the whole in doubt', async () => {
  let count = 0;
  respond = (response) => {
    count += 1;
    if (count === 1) response.writeHead(200).end('<DeleteResult></DeleteResult>');
    else response.writeHead(403).end();
  };
  const objects = Array.from({ length: 1001 }, (_, number) => `k${number}`);
  await expect(client.deleteObjects({ bucket, objects })).rejects.toMatchObject({
    code: 'AccessDenied',
    outcome: 'unknown',
  });
  count = 0;
  const { results } = await client.deleteObjects({ bucket, objects: ['a'] });
  expect(results).toEqual([{ key: 'a', isDeleted: false }]);
});

it('a server without the extension says so to a conversion', async () => {
  respond = (response) => {
    response.writeHead(405).end('<Error><Code>MethodNotAllowed</Code><Message>no</Message></Error>');
  };
  await expect(client.convertObject({ ...target, type: 'normal' })).rejects.toMatchObject({
    code: 'ExtensionMissing',
    outcome: 'not-applied',
  });
});
