/**
 * The object store's conformance suite through HTTP against `annals serve --workers 2`: each request goes over the
 * connection to the other worker than the one before. Cases that reach behind the server are left out.
 */
import { casesFor, type DriverCapability, type ObjectStoreDriver, objectStoreCases } from '@annals/store/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { makeSender, type Sender, type TestServer } from '../harness/test-server.js';
import { openHttpDriver } from './http-driver.js';

const BEHIND: readonly DriverCapability[] = ['bucket-overrides', 'put-length-limit', 'bucket-statistics'];
/** Changes a rule of its bucket that has no operation. */
const NEEDS_A_RULE =
  'a part is not copied from an appendable object unless that is allowed, and then is a moment of it';

type UploadCounts = Awaited<ReturnType<NonNullable<ObjectStoreDriver['uploads']>['countUploads']>>;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let senders: readonly Sender[];
let driver: ObjectStoreDriver;

beforeAll(async () => {
  folder = await temporaryFolder();
  const flags = ['--workers', '2', '--log-level', 'error'];
  server = await startServerProcess({ data: folder.path, flags });
  const open = (): Sender => makeSender(server.port, Date.now, server);
  senders = [open(), open()];
  let turn = 0;
  const next = (): Sender => senders[turn++ % 2] as Sender;
  const alternating = {
    send: (request) => next().send(request),
    begin: (request) => next().begin(request),
    get store(): never {
      throw new Error('Cannot reach the store behind a server process');
    },
  } satisfies Pick<TestServer, 'send' | 'begin' | 'store'>;
  const all = openHttpDriver(alternating, () => undefined);
  const capabilities = new Set([...all.capabilities].filter((name) => !BEHIND.includes(name)));
  const countUploads = async (bucket: string): Promise<UploadCounts> => {
    const { body } = await next().send({ method: 'GET', bucket, query: { stat: '' } });
    const count = (name: string): number => Number(new RegExp(`<${name}>(\\d+)<`).exec(body.toString())?.[1]);
    return { uploadCount: count('MultipartUploadCount'), partCount: count('MultipartPartCount') };
  };
  driver = { ...all, capabilities, ...(all.uploads && { uploads: { ...all.uploads, countUploads } }) };
});

afterAll(async () => {
  for (const sender of senders) sender.end();
  expect(await server.stop()).toBe(0);
  await folder.remove();
});

const reachable = casesFor(
  objectStoreCases,
  new Set<DriverCapability>(['uploads', 'live-channels', 'versioning', 'follow', 'append-extensions']),
);

for (const [index, one] of reachable.entries()) {
  if (one.name === NEEDS_A_RULE) continue;
  test(one.name, async () => {
    const bucket = `bucket-${index}`;
    await driver.createBucket(bucket);
    await one.run({ driver, bucket });
  });
}

test('the cases are those that the driver can run', () => {
  expect(casesFor(objectStoreCases, driver.capabilities)).toEqual(reachable);
});
