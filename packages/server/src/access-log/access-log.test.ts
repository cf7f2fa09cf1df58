import { type OpenedStore, openMemoryBlobStore, openMemoryKeyValueStore, openObjectStore } from '@annals/store';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AccessEntry, formatAccessLine } from './access-line.js';
import { AccessLog } from './access-log.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

let store: OpenedStore;
let nowMs: number;
const logLines: Record<string, unknown>[] = [];

beforeEach(async () => {
  nowMs = START_MS;
  logLines.length = 0;
  store = await openObjectStore({
    keyValues: openMemoryKeyValueStore(),
    blobs: openMemoryBlobStore(),
    clock: { nowMs: () => nowMs },
  });
  for (const name of ['source', 'quiet', 'target']) {
    await store.createBucket({
      name,
      ownerId: '7',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
  }
  await logTo('target');
});

afterEach(() => store.maintenance.close());

function logTo(targetBucket: string): Promise<unknown> {
  return store.updateBucket('source', { configurations: { logging: { targetBucket, targetPrefix: '' } } });
}

function openLog(waitingLengthBytesMax = 1_000_000): AccessLog {
  let count = 0;
  return new AccessLog({
    store,
    settings: { flushMs: 1000, waitingLengthBytesMax },
    log: pino({ level: 'info' }, { write: (line: string) => void logLines.push(JSON.parse(line)) }),
    clock: () => nowMs,
    uniqueName: () => `U${++count}`,
  });
}

function entryOf(change: Partial<AccessEntry> = {}): AccessEntry {
  return {
    atMs: nowMs,
    clientAddress: '10.0.0.1',
    method: 'GET',
    target: '/source/k?Signature=abc&x=1',
    httpVersion: '1.1',
    status: 200,
    sentLengthBytes: 5,
    receivedLengthBytes: 0,
    elapsedMs: 1.6,
    referer: undefined,
    userAgent: 'agent\n"x"',
    host: 'h',
    requestId: 'ID',
    requesterId: undefined,
    accessKeyId: undefined,
    operation: 'GetObject',
    isUpload: false,
    bucket: 'source',
    key: 'k\n',
    errorCode: undefined,
    ...change,
  };
}

async function written(): Promise<Record<string, string[]>> {
  const { objects } = await store.listObjects({ bucket: 'target', prefix: '', delimiter: '', after: '', limit: 100 });
  const entries = objects.map(async ({ key }) => {
    const opened = await store.openObject({ bucket: 'target', key });
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.read({ start: 0, end: opened.head.length })) chunks.push(chunk);
    opened.release();
    return [key, Buffer.concat(chunks).toString().split('\n').slice(0, -1)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

test('AccessLog appends the lines of an hour to one object, and none of buckets that are not logged', async () => {
  const log = openLog();
  log.note(entryOf());
  log.note(entryOf({ bucket: 'quiet' }));
  log.note(entryOf({ bucket: 'not-there' }));
  await log.flush();
  log.note(entryOf());
  log.note(entryOf({ atMs: nowMs + HOUR_MS }));
  await log.close();
  const objects = await written();
  expect(Object.entries(objects).map(([key, lines]) => [key, lines.length])).toEqual([
    ['source2026-01-02-03-00-00-U1', 2],
    ['source2026-01-02-04-00-00-U2', 1],
  ]);
  expect(objects['source2026-01-02-03-00-00-U1']?.[0]).toBe(
    '10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /source/k?Signature=***&x=1 HTTP/1.1" 200 5 2 "-" "agent%0A%22x%22" "h" "ID" "true" "-" "GetObject" "source" "k%0A" 5 2 "-" 0 "7" - "-" "-" "-" "-" "-"',
  );
});

test.each([
  { isUpload: true, status: 200, requestLength: '9' },
  { isUpload: true, status: 409, requestLength: '-' },
  { isUpload: false, status: 200, requestLength: '-' },
])(
  'the line of an upload that was stored has its length: $isUpload, $status',
  ({ isUpload, status, requestLength }) => {
    const entry = entryOf({ isUpload, status, receivedLengthBytes: 9, operation: 'AppendObject' });
    const [, behindOwner] = formatAccessLine(entry, 'OWNER').split('"OWNER" ');
    expect(behindOwner?.split(' ')[0]).toBe(requestLength);
  },
);

test('AccessLog notices at a flush that a bucket is logged from now on, or no more', async () => {
  const log = openLog();
  log.note(entryOf({ bucket: 'quiet' }));
  await log.flush();
  await store.updateBucket('quiet', { configurations: { logging: { targetBucket: 'target', targetPrefix: 'q/' } } });
  await store.updateBucket('source', { configurations: { logging: undefined } });
  await log.flush();
  log.note(entryOf({ bucket: 'quiet' }));
  log.note(entryOf());
  await log.close();
  expect(Object.keys(await written())).toEqual(['q/quiet2026-01-02-03-00-00-U1']);
});

test('AccessLog drops what does not fit, and says so', async () => {
  const log = openLog(1000);
  for (let index = 0; index < 100; index++) log.note(entryOf());
  await log.close();
  const [lines] = Object.values(await written());
  expect(lines?.length).toBeLessThan(5);
  expect(logLines).toMatchObject([{ msg: 'access log lines dropped', droppedCount: 100 - (lines?.length ?? 0) }]);
});

test('AccessLog goes on in another object when the first takes no more, and survives a lost target', async () => {
  const log = openLog();
  log.note(entryOf());
  await log.flush();
  const [key = ''] = Object.keys(await written());
  const { length } = await store.headObject({ bucket: 'target', key });
  await store.sealObject({ bucket: 'target', key, position: length });
  log.note(entryOf());
  await log.flush();
  expect(Object.values(await written()).map((lines) => lines.length)).toEqual([1, 1]);
  await logTo('gone');
  log.note(entryOf());
  await log.flush();
  expect(logLines).toMatchObject([{ msg: 'access log not written', bucket: 'source', lineCount: 1 }]);
  await logTo('target');
  await store.deleteObject({ bucket: 'target', key: 'source2026-01-02-03-00-00-U2' });
  // Its position is wrong now: the log begins again where the object ends.
  log.note(entryOf());
  await log.close();
  expect(Object.values(await written()).map((lines) => lines.length)).toEqual([1, 1]);
});
