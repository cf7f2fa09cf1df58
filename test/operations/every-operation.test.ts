/**
 * Every operation the server has, once, by a raw signed request that must succeed, in the order in which a program
 * could send them. An operation that is added to the table without a request here fails. Leaves out what the operations
 * do: `../conformance-http` proves that.
 */
import { OPERATIONS, type OperationName } from '@annals/protocol';
import { type AuditEvent, type AuditHead, isAlwaysAudited, OPERATION_ROWS } from '@annals/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { answeredBetween, countAnswers, DONE_OPERATIONS } from './answered-operations.js';
import type { Memory } from './operation-step.js';
import { STEPS } from './operation-steps.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ audit: { head: { sequence: 0, hash: '' }, append } });
});

/** What the server has recorded. */
const records: AuditEvent[] = [];

async function append(event: AuditEvent): Promise<AuditHead> {
  return { sequence: records.push(event), hash: '' };
}

afterAll(() => server.close());

test('every operation has its request here', () => {
  const named = new Set(STEPS.map(({ name }) => name));
  expect(DONE_OPERATIONS.filter((name) => !named.has(name))).toEqual([]);
});

test('every request succeeds, and is the operation it is meant to be', async () => {
  const memory: Memory = new Map();
  let before = await countAnswers(server);
  for (const { name, request, remember } of STEPS) {
    records.length = 0;
    const answer = await server.send(request(memory));
    if (answer.status >= 300) throw new Error(`${name} was answered with ${answer.status}: ${answer.body}`);
    remember?.(memory, answer);
    const after = await countAnswers(server);
    expect(answeredBetween(before, after)).toEqual([name]);
    const recorded = records.map(({ phase, action, result, requestId }) => [phase, action, result, requestId]);
    const requestId = answer.headers['x-oss-request-id'];
    expect(recorded).toEqual(
      isAlwaysAudited(OPERATION_ROWS[name])
        ? [
            ['intent', `oss:${name}`, undefined, requestId],
            ['outcome', `oss:${name}`, 'done', requestId],
          ]
        : [],
    );
    before = after;
  }
});

test('everything that changes the rules of the service, a bucket or an object is recorded, and nothing that reads', () => {
  const unrecorded = Object.entries(OPERATIONS)
    .filter(([name]) => !isAlwaysAudited(OPERATION_ROWS[name as OperationName]))
    .filter(([, { methods }]) => !methods.every((method) => ['GET', 'HEAD', 'OPTIONS'].includes(method)))
    .map(([name]) => name)
    .sort();
  // Data: what is in objects, their tags and uploads, live channels. A new name here needs a reason.
  expect(unrecorded).toEqual([
    'AbortMultipartUpload',
    'AppendObject',
    'CleanRestoredObject',
    'CompleteMultipartUpload',
    'ConvertObject',
    'CopyObject',
    'CreateDirectory',
    'CreateSelectObjectMeta',
    'DeleteDirectory',
    'DeleteLiveChannel',
    'DeleteMultipleObjects',
    'DeleteObject',
    'DeleteObjectTagging',
    'DeleteSymlink',
    'InitiateMultipartUpload',
    'PostAsyncProcess',
    'PostObject',
    'PostProcess',
    'PostVodPlaylist',
    'PutLiveChannel',
    'PutLiveChannelStatus',
    'PutObject',
    'PutObjectTagging',
    'PutSymlink',
    'RenameObject',
    'RestoreObject',
    'SealAppendObject',
    'SelectObject',
    'UploadPart',
    'UploadPartCopy',
  ]);
});
