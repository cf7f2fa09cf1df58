import { expect, test } from 'vitest';
import { keyNamedBy, RequestTurns, type TurnClock } from './request-turns.js';

/** Turns when it is told to; each turn takes a millisecond. */
class ManualLoop implements TurnClock {
  nowMs = 0;
  readonly #calls: (() => void)[] = [];

  now(): number {
    return this.nowMs;
  }

  nextTurn(call: () => void): void {
    this.#calls.push(call);
  }

  async turn(): Promise<boolean> {
    this.nowMs += 1;
    const calls = this.#calls.splice(0);
    for (const call of calls) call();
    await Promise.resolve();
    return calls.length > 0;
  }
}

const sender =
  (accessKeyId: string, address = '::1') =>
  () => ({ address, accessKeyId });

test('few requests wait for nothing, and leave nothing behind', async () => {
  const loop = new ManualLoop();
  const turns = new RequestTurns(loop);
  for (let request = 0; request < 16; request += 1) expect(turns.begin(sender('key'))).toBeUndefined();
  expect(turns.begin(sender('key'))).toBeInstanceOf(Promise);
  await loop.turn();
  await loop.turn();
  expect(await loop.turn()).toBe(false);
  expect(turns.begin(sender('key'))).toBeUndefined();
});

test('of a flood sixteen begin in a turn, and a request of another client begins in the next', async () => {
  const loop = new ManualLoop();
  const turns = new RequestTurns(loop);
  const begun: string[] = [];
  const begin = (name: string, of: () => { address: string; accessKeyId: string }): void => {
    const waiting = turns.begin(of);
    if (waiting === undefined) begun.push(name);
    else void waiting.then(() => begun.push(name));
  };
  for (let request = 0; request < 1000; request += 1) begin('flood', sender('flood'));
  begin('calm', sender('calm'));
  begin('far', sender('flood', '192.0.2.1'));
  expect(begun).toHaveLength(16);
  await loop.turn();
  expect(begun).toHaveLength(32);
  expect(begun).toEqual(expect.arrayContaining(['calm', 'far']));
  for (let turn = 0; turn < 61; turn += 1) await loop.turn();
  expect(begun).toHaveLength(1002);
});

test('while connections come without end requests begin all the same, some at a time', async () => {
  const loop = new ManualLoop();
  const turns = new RequestTurns(loop);
  let begunCount = 0;
  turns.noteAccepted();
  for (let request = 0; request < 100; request += 1) {
    const waiting = turns.begin(sender('key'));
    if (waiting === undefined) begunCount += 1;
    else void waiting.then(() => (begunCount += 1));
  }
  const counts: number[] = [];
  for (let turn = 0; turn < 80; turn += 1) {
    turns.noteAccepted();
    await loop.turn();
    counts.push(begunCount);
  }
  // Ten turns for connections, one for sixteen requests.
  expect([...new Set(counts)]).toEqual([16, 32, 48, 64, 80, 96, 100]);
});

test.each([
  ['OSS some-key:c2lnbmF0dXJl', '/', 'some-key'],
  ['OSS4-HMAC-SHA256 Credential=some-key/20260101/cn/oss/aliyun_v4_request,Signature=ab', '/', 'some-key'],
  [undefined, '/b/k?OSSAccessKeyId=some-key&Expires=1', 'some-key'],
  [undefined, '/b/k?x-oss-credential=some-key%2F20260101', 'some-key'],
  [undefined, '/b/k', ''],
])('the key named by %s and %s is "%s"', (authorization, target, expected) => {
  expect(keyNamedBy(authorization, target)).toBe(expected);
});
