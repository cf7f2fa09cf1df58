/**
 * Snapshots whose clients have gone end by themselves and let their blobs go; how many are open, and how old, is a
 * metric.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  checkBlobs,
  type OpenedStore,
  openFileSystemBlobStore,
  openJournaledLmdbKeyValueStore,
  openObjectStore,
} from '@annals/store';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { startTestServer } from '../../../../test/harness/test-server.js';
import { OpenSnapshots, type OpenSnapshotsOptions, type ShownSnapshot } from './open-snapshots.js';

const IDLE_TIMEOUT_MS = 300_000;
/** Long enough for a file of its own. */
const LENGTH_BYTES = 1_200_000;

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(LENGTH_BYTES, 1);
}

describe('on a store in a folder', () => {
  let folder: string;
  let nowMs: number;
  let store: OpenedStore;
  let blobCount: () => Promise<number>;
  let abandoned: ShownSnapshot[];

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    nowMs = 1_000_000;
    abandoned = [];
    const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder, 'blobs') }));
    store = await openObjectStore({
      keyValues: await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') }),
      blobs,
      settings: { garbageGraceMs: 0 },
      clock: { nowMs: () => nowMs },
    });
    await store.createBucket({
      name: BUCKET,
      ownerId: 'o',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
    blobCount = async () => {
      let count = 0;
      for await (const _ of blobs.list()) count += 1;
      return count;
    };
  });

  afterEach(async () => {
    vi.useRealTimers();
    await store.maintenance.close();
  });

  function open(change: Partial<OpenSnapshotsOptions> = {}): OpenSnapshots {
    return new OpenSnapshots({
      maintenance: store.maintenance,
      clock: () => nowMs,
      random: randomBytes,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      onAbandoned: (snapshot) => void abandoned.push(snapshot),
      ...change,
    });
  }

  async function putAndDelete(snapshots: OpenSnapshots, phase: 'rows' | 'blobs'): Promise<string> {
    const attributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} } as const;
    const input = { bucket: BUCKET, key: 'gone', ownerId: 'o', attributes, forbidOverwrite: false, expected: {} };
    await store.putObject({ ...input, lengthMax: LENGTH_BYTES }, { length: LENGTH_BYTES, open: bytes });
    const { id } = await snapshots.open();
    if (phase === 'blobs') {
      await snapshots.readBlobList(id, '');
      await snapshots.releaseRows(id);
    }
    await store.deleteObject({ bucket: BUCKET, key: 'gone' });
    return id;
  }

  async function sweep(): Promise<void> {
    nowMs += 1;
    for (let round = 0; round < 5; round += 1) await store.maintenance.sweepGarbage({ rowCountMax: 1000 });
  }

  test.each(['rows', 'blobs'] as const)(
    'one whose client has gone in the phase of %s ends, and its blobs are swept',
    async (phase) => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      const snapshots = open();
      const id = await putAndDelete(snapshots, phase);
      await sweep();
      expect(await blobCount()).toBe(1);
      // A client that is alive says so.
      nowMs += IDLE_TIMEOUT_MS - 1000;
      await snapshots.renew(id);
      nowMs += IDLE_TIMEOUT_MS - 1000;
      await vi.advanceTimersByTimeAsync(IDLE_TIMEOUT_MS);
      await sweep();
      expect(snapshots.figures()).toEqual({ openCount: 1, oldestAgeMs: nowMs - 1_000_000, abandonedCount: 0 });
      expect(await blobCount()).toBe(1);
      // One that is not says nothing any more.
      nowMs += IDLE_TIMEOUT_MS;
      await vi.advanceTimersByTimeAsync(IDLE_TIMEOUT_MS / 4);
      expect(snapshots.figures()).toEqual({ openCount: 0, oldestAgeMs: 0, abandonedCount: 1 });
      expect(abandoned).toEqual([expect.objectContaining({ id, phase })]);
      await expect(snapshots.renew(id)).rejects.toMatchObject({ status: 404 });
      await sweep();
      expect(await blobCount()).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test('one that the engine cannot close is reported, holds nothing, and ends no other', async () => {
    const failures: unknown[] = [];
    const snapshots = open({
      onFailure: (error) => void failures.push(error),
      maintenance: {
        snapshot: async () => {
          const snapshot = await store.maintenance.snapshot();
          const { close } = snapshot;
          snapshot.close = async () => {
            await close.call(snapshot);
            throw new Error('the disk is gone');
          };
          return snapshot;
        },
      },
    });
    await putAndDelete(snapshots, 'rows');
    nowMs += IDLE_TIMEOUT_MS + 1;
    await snapshots.closeIdle();
    expect(failures).toEqual([new Error('the disk is gone')]);
    expect(snapshots.figures()).toMatchObject({ openCount: 0, abandonedCount: 1 });
    await sweep();
    expect(await blobCount()).toBe(0);
  });

  test('many at once are no more than one after the other', async () => {
    const snapshots = open();
    const outcomes = await Promise.allSettled(Array.from({ length: 9 }, () => snapshots.open()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'ServiceUnavailable' });
    }
    await snapshots.closeAll();
    await snapshots.open();
    await snapshots.closeAll();
  });
});

test('a server shows its snapshots, and takes no path that is not one', async () => {
  const server = await startTestServer({ operations: {}, buckets: [BUCKET], clock: () => NOW_MS });
  try {
    const call = async (method: string, key: string) => {
      const connection = await server.connect();
      await connection.send(requestText({ method, bucket: '-', key, lines: ['Content-Length: 0'] }));
      return connection.readAnswer(method);
    };
    const metrics = async (): Promise<string[]> => {
      const { body } = await call('GET', 'metrics');
      return body
        .toString()
        .split('\n')
        .filter((line) => line.startsWith('annals_snapshot'));
    };
    expect(await metrics()).toEqual([
      'annals_snapshots_open 0',
      'annals_snapshot_age_seconds 0',
      'annals_snapshots_abandoned 0',
    ]);
    const opened = JSON.parse((await call('POST', 'admin/snapshots')).body.toString()) as { snapshot: ShownSnapshot };
    const { id } = opened.snapshot;
    expect((await metrics())[0]).toBe('annals_snapshots_open 1');
    for (const path of [
      'rows/zz',
      'rows/4',
      'blobs/00',
      `blobs/${'0'.repeat(32)}/-1/5`,
      `blobs/${'0'.repeat(32)}/0/1e3`,
      `blobs/${'0'.repeat(32)}/5/4`,
      `blobs/${'0'.repeat(32)}/0/999999999`,
      'blobs/x/0/5',
    ]) {
      const answer = await call('GET', `admin/snapshots/${id}/${path}`);
      expect([answer.status, JSON.parse(answer.body.toString()).code], path).toEqual([400, 'InvalidArgument']);
    }
    expect((await call('GET', `admin/snapshots/${id}/rows/-`)).status).toBe(200);
    expect((await call('DELETE', `admin/snapshots/${id}`)).status).toBe(200);
    expect((await call('GET', `admin/snapshots/${id}/rows/-`)).status).toBe(404);
    expect((await metrics())[0]).toBe('annals_snapshots_open 0');
  } finally {
    await server.close();
  }
});
