/**
 * A cluster that misbehaves under the engine: daemons and the monitor are killed and come back, the cluster is full,
 * the pool goes. Nothing that was acknowledged is lost, no reader gets other bytes, and the engine goes on by itself.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type BlobStore, openRadosBlobStore, type RadosPlace } from '@annals/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytes, listAll, MIB, read, write } from '../harness/blob-calls.js';
import { until } from '../harness/until.js';
import { type CephCluster, freshPlace, objectsOf, startCluster } from './ceph-cluster.js';

const LONG = bytes(13 * MIB, 1);
const failing = (because: string) => ({ reason: { kind: 'unavailable', because } });

let cluster: CephCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster?.remove());

/** Its operations end soon when nobody answers. */
function impatient(): RadosPlace {
  return { ...freshPlace(cluster.shared), timeoutMs: 3_000 };
}

async function expectWorks(store: BlobStore, acknowledged: ReadonlyMap<string, Buffer>): Promise<void> {
  let again = '';
  await until(async () => {
    again = await write(store, LONG).catch(() => '');
    return again !== '';
  });
  for (const [blobId, content] of [...acknowledged, [again, LONG] as const]) {
    expect((await read(store, blobId, 0, content.length)).equals(content)).toBe(true);
  }
}

/** From which part on a disk counts as nearly full, too full to move data to, and full. */
async function setFullRatios(ratios: readonly [nearly: string, backfill: string, full: string]): Promise<void> {
  for (const [index, name] of ['nearfull', 'backfillfull', 'full'].entries()) {
    await cluster.ceph('osd', `set-${name}-ratio`, ratios[index] as string);
  }
}

it('a storage daemon is killed under load: nothing fails, and it comes back', async () => {
  const store = await openRadosBlobStore({ place: freshPlace(cluster.shared) });
  const acknowledged = new Map<string, Buffer>();
  let isOver = false;
  const writing = (async () => {
    for (let round = 0; !isOver; round += 1) {
      const content = bytes([100, 300_000, 9 * MIB][round % 3] as number, round);
      acknowledged.set(await write(store, content), content);
    }
  })();
  await until(async () => acknowledged.size > 2);
  await cluster.storage[0]?.stop('SIGKILL');
  const before = acknowledged.size;
  await until(async () => acknowledged.size > before + 3);
  await cluster.storage[0]?.start();
  isOver = true;
  await writing;
  await expectWorks(store, acknowledged);
  expect(new Set((await listAll(store)).keys()).size).toBe(acknowledged.size + 1);
  await store.close();
});

it('two of three storage daemons are killed: away, within the time-out, and the same engine works afterwards', async () => {
  const store = await openRadosBlobStore({ place: impatient() });
  const blobId = await write(store, LONG);
  await Promise.all([0, 1].map((index) => cluster.storage[index]?.stop('SIGKILL')));
  await expect(write(store, LONG)).rejects.toMatchObject(failing('unreachable'));
  await Promise.all([0, 1].map((index) => cluster.storage[index]?.start()));
  await expectWorks(store, new Map([[blobId, LONG]]));
  await store.close();
});

it('the monitor is killed: who is connected goes on, a new one is away until it is back', async () => {
  const store = await openRadosBlobStore({ place: impatient() });
  const blobId = await write(store, LONG);
  await cluster.monitor.stop('SIGKILL');
  expect((await read(store, blobId, 0, LONG.length)).equals(LONG)).toBe(true);
  const second = await write(store, LONG);
  const newcomer = await openRadosBlobStore({ place: impatient() });
  await expect(newcomer.length(blobId)).rejects.toMatchObject(failing('unreachable'));
  await cluster.monitor.start();
  for (const each of [store, newcomer]) {
    await expectWorks(each, each === store ? new Map([blobId, second].map((id) => [id, LONG])) : new Map());
    await each.close();
  }
});

it('a cluster that is full: writes fail as full, reads and deletions go on, and writes again when there is room', async () => {
  const store = await openRadosBlobStore({ place: impatient() });
  const [kept, deleted] = [await write(store, LONG), await write(store, LONG)];
  await setFullRatios(['0.001', '0.001', '0.001']);
  await until(async () => (await write(store, Buffer.from('x')).catch((error: unknown) => error)) instanceof Error);
  for (const content of [Buffer.from('short'), LONG]) {
    await expect(write(store, content)).rejects.toMatchObject(failing('disk-full'));
  }
  expect((await read(store, kept, 0, LONG.length)).equals(LONG)).toBe(true);
  await store.delete(deleted);
  expect(await store.length(deleted)).toBe(undefined);
  await setFullRatios(['0.85', '0.9', '0.95']);
  await expectWorks(store, new Map([[kept, LONG]]));
  await store.close();
});

it('a client that the cluster shuts out connects again, by the same engine', async () => {
  const store = await openRadosBlobStore({ place: freshPlace(cluster.shared) });
  const blobId = await write(store, LONG);
  const sessions = JSON.parse(await cluster.ceph('tell', 'mon.a', 'sessions')) as readonly {
    readonly entity_name: string;
    readonly socket_addr: { readonly addr: string; readonly nonce: number };
  }[];
  for (const { entity_name: name, socket_addr: socket } of sessions) {
    if (name === 'client.annals') await cluster.ceph('osd', 'blocklist', 'add', `${socket.addr}/${socket.nonce}`);
  }
  let failure: unknown;
  await until(async () => {
    failure = await read(store, blobId, 0, 10).then(
      () => undefined,
      (error: unknown) => error,
    );
    return failure !== undefined;
  });
  expect(failure).toMatchObject(failing('unreachable'));
  await expectWorks(store, new Map([[blobId, LONG]]));
  await store.close();
});

it('a pool that is removed: refused and never "no such blob"; made again, it is used without a restart', async () => {
  const pool = 'passing';
  await cluster.makePool(pool);
  await cluster.ceph('auth', 'caps', 'client.annals', 'mon', 'allow r', 'osd', 'allow rwx');
  const store = await openRadosBlobStore({ place: { ...impatient(), pool } });
  const blobId = await write(store, LONG);
  await cluster.ceph('osd', 'pool', 'delete', pool, pool, '--yes-i-really-really-mean-it');
  // The daemons learn of it a little later; until then the blob is there.
  await until(async () => {
    const found = await store.length(blobId).catch((error: unknown) => error);
    if (typeof found !== 'number') expect(found).toMatchObject(failing('refused'));
    return found !== LONG.length;
  });
  for (const attempt of [
    () => store.length(blobId),
    () => read(store, blobId, 0, 1),
    () => store.delete(blobId),
    () => write(store, LONG),
  ]) {
    await expect(attempt()).rejects.toMatchObject(failing('refused'));
  }
  await cluster.makePool(pool);
  await expectWorks(store, new Map());
  expect(await store.length(blobId)).toBe(undefined);
  await store.close();
});

it('a process that ends in the middle of everything ends as it wants to, and leaves what the sweep finds', async () => {
  const place = freshPlace(cluster.shared);
  const program = `
    import { openRadosBlobStore } from '@annals/store';
    const store = await openRadosBlobStore({ place: ${JSON.stringify(place)} });
    const sealed = await store.create();
    await sealed.write([Buffer.alloc(${12 * MIB}, 1)]);
    await sealed.seal();
    for (let count = 0; count < 8; count += 1) {
      const writer = await store.create();
      void writer.write([Buffer.alloc(${12 * MIB}, 2)]);
      const reading = store.read(sealed.blobId, { start: 0, end: ${12 * MIB} })[Symbol.asyncIterator]();
      void reading.next();
    }
    void store.list()[Symbol.asyncIterator]().next();
    setTimeout(() => process.exit(7), Number(process.argv[1]));`;
  for (const delayMs of [0, 5, 20, 50]) {
    const words = ['--input-type=module', '--eval', program, String(delayMs)];
    const ended = promisify(execFile)(process.execPath, words);
    await expect(ended).rejects.toMatchObject({ code: 7, signal: null, stderr: '' });
  }
  const store = await openRadosBlobStore({ place });
  let sealed = 0;
  for (const blobId of (await listAll(store)).keys()) {
    if ((await store.length(blobId)) !== undefined) sealed += 1;
    await store.delete(blobId);
  }
  expect(sealed).toBe(4);
  await until(async () => {
    for (const blobId of (await listAll(store)).keys()) await store.delete(blobId);
    return (await objectsOf(place)).length === 0;
  });
  await store.close();
});
