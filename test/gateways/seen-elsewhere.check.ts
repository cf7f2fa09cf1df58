/**
 * What is done at one gateway and must show at another: appends that are followed there, and rights that are taken
 * away. The bounds are those of docs/decisions/0009-many-gateways.md.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, allow, type Keys } from '../access-control/account.js';
import type { ServerProcess } from '../harness/server-process.js';
import { until } from '../harness/until.js';
import { type Cluster, startCluster } from './cluster.js';

const BUCKET = 'shared';
const APPEND_COUNT = 60;
const STALE_MS_MAX = 1000;

let cluster: Cluster;
let one: ServerProcess;
let other: ServerProcess;

beforeAll(async () => {
  cluster = await startCluster({ buckets: [BUCKET] });
  one = await cluster.start('one');
  other = await cluster.start('other');
});

afterAll(() => cluster?.remove());

describe('two gateways of one store', () => {
  it('a follower at one sees what is appended at the other, each byte once, to the end', async () => {
    const writer = createClient(one);
    const reader = createClient(other);
    const options = { bucket: BUCKET, key: 'log' };
    await writer.appendObject({ ...options, position: 0, body: 'line 0\n' });
    const seenAtMs: number[] = [];
    const ackedAtMs: number[] = [];
    const lines: string[] = [];
    const following = (async () => {
      for await (const { text } of reader.followLines(BUCKET, 'log')) {
        seenAtMs.push(performance.now());
        lines.push(text);
      }
    })();
    await until(() => lines.length === 1);
    ackedAtMs.push(performance.now());
    for (let number = 1; number < APPEND_COUNT; number += 1) {
      await writer.appendObject({ ...options, position: 'auto', body: `line ${number}\n` });
      ackedAtMs.push(performance.now());
      // At another moment of the interval each time, so that lags are of all lengths.
      await wait((number * 37) % 60);
    }
    const { nextPosition } = await writer.appendObject({ ...options, position: 'auto', body: 'last\n' });
    await writer.sealObject({ ...options, position: nextPosition });
    await following;
    expect(lines).toEqual([...Array.from({ length: APPEND_COUNT }, (_, number) => `line ${number}`), 'last']);
    const lagsMs = ackedAtMs.slice(1).map((ms, index) => (seenAtMs[index + 1] as number) - ms);
    lagsMs.sort((left, right) => left - right);
    const at = (share: number): string => `${Math.round(lagsMs[Math.floor(share * (lagsMs.length - 1))] ?? 0)} ms`;
    console.log(`lag of a follower at another gateway: p50 ${at(0.5)}, p90 ${at(0.9)}, longest ${at(1)}`);
  });

  it('a follower goes on at another gateway when its own is killed', async () => {
    const third = await cluster.start('third');
    const options = { bucket: BUCKET, key: 'moved' };
    const writer = createClient(one);
    await writer.appendObject({ ...options, position: 0, body: 'before\n' });
    const lines: string[] = [];
    const left = new AbortController();
    const follow = async (at: ServerProcess, position: number, signal?: AbortSignal): Promise<void> => {
      const following = { position, ...(signal !== undefined && { signal }) };
      for await (const { text } of createClient(at).followLines(BUCKET, 'moved', following)) lines.push(text);
    };
    const first = follow(third, 0, left.signal).catch(() => undefined);
    await until(() => lines.length === 1);
    await cluster.kill('third');
    left.abort();
    await first;
    await writer.appendObject({ ...options, position: 'auto', body: 'after\n' });
    const second = follow(other, 'before\n'.length);
    await until(() => lines.length === 2);
    await writer.sealObject({ ...options, position: 'before\nafter\n'.length });
    await second;
    expect(lines).toEqual(['before', 'after']);
  });

  it('a key that is disabled or deleted at one is refused by the other at once', async () => {
    const account = new Account(one);
    const elsewhere = new Account(other);
    const keys = await account.makeUser('key-holder', [allow('oss:*', '*')]);
    const path = `users/key-holder/access-keys/${keys.accessKeyId}`;
    expect(await statusOf(elsewhere, keys)).toBe(200);
    await account.change('PUT', path, { status: 'inactive' });
    expect(await statusOf(elsewhere, keys)).toBe(403);
    await account.change('PUT', path, { status: 'active' });
    expect(await statusOf(elsewhere, keys)).toBe(200);
    await account.change('DELETE', path);
    expect(await statusOf(elsewhere, keys)).toBe(403);
    account.close();
    elsewhere.close();
  });

  it('a policy that is taken away, a user that is disabled and a session that is revoked hold within a second', async () => {
    const account = new Account(one);
    const elsewhere = new Account(other);
    const keys = await account.makeUser('guest', [allow('oss:*', '*')]);
    const role = await account.makeRole('visitor', [allow('oss:*', '*')]);
    const caller = await account.makeUser('assumer', [allow('sts:AssumeRole', '*')]);
    const session = await account.assumeRole(role, caller);
    await expectFrom(elsewhere, keys, 200);
    await expectFrom(elsewhere, session, 200);
    await account.change('DELETE', 'users/guest/policies/guest');
    await wait(STALE_MS_MAX);
    expect(await statusOf(elsewhere, keys)).toBe(403);
    await account.change('PUT', 'users/guest/policies/guest');
    await expectFrom(elsewhere, keys, 200);
    await account.change('PUT', 'users/guest', { status: 'inactive' });
    await account.change('PUT', 'revocations/roles/visitor');
    await wait(STALE_MS_MAX);
    expect([await statusOf(elsewhere, keys), await statusOf(elsewhere, session)]).toEqual([403, 403]);
    account.close();
    elsewhere.close();
  });
});

async function statusOf(account: Account, keys: Keys): Promise<number> {
  return (await account.send({ method: 'GET', bucket: BUCKET }, keys)).status;
}

/** What was given at another gateway shows within a second, too. */
async function expectFrom(account: Account, keys: Keys, status: number): Promise<void> {
  await wait(STALE_MS_MAX);
  expect(await statusOf(account, keys)).toBe(status);
}
