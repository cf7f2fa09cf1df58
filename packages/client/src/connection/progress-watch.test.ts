/** Attempts end when they are abandoned or stand still, whatever the runtime's `fetch` does. */
import { expect, it } from 'vitest';
import { createClient } from '../client.js';
import { ProgressWatch } from './progress-watch.js';

const never = new Promise<never>(() => undefined);

it('ProgressWatch.until ends with its signal, although the step never settles', async () => {
  const caller = new AbortController();
  const watch = new ProgressWatch(0, caller.signal);
  const waiting = watch.until(never);
  caller.abort(new Error('given up'));
  await expect(waiting).rejects.toThrow('given up');
  await expect(watch.until(never)).rejects.toThrow('given up');
  watch.close();
});

it('ProgressWatch.until gives what the step gives', async () => {
  const watch = new ProgressWatch(0, undefined);
  expect(await watch.until(Promise.resolve(1))).toBe(1);
  await expect(watch.until(Promise.reject(new Error('no')))).rejects.toThrow('no');
});

it('a call times out, although fetch never settles', async () => {
  const client = createClient({
    endpoint: 'http://127.0.0.1:1',
    accessKeyId: 'id',
    accessKeySecret: 'secret',
    fetch: () => never,
    timeoutMs: 5,
    retry: { attemptCountMax: 1 },
  });
  await expect(client.headObject({ bucket: 'logs', key: 'k' })).rejects.toMatchObject({ code: 'TimedOut' });
});
