/** DatabaseClock: when the clock of this machine is not to be believed, and what the engine does then. */
import { describe, expect, it } from 'vitest';
import { CLOCK_OFFSET_MS_MAX, DatabaseClock } from './database-clock.js';
import { openPostgresKeyValueStore } from './open.js';
import { postgresIsMissing, startPostgres } from './postgres-server-fixture.js';

const NOW_MS = 1_800_000_000_000;
/** What passes while a test runs. */
const SLACK_MS = 60_000;

const wrong = { reason: { kind: 'unavailable', because: 'clock-wrong' } };

describe('DatabaseClock', () => {
  it('believes the clock of this machine while nothing is known of the other', () => {
    expect(new DatabaseClock(() => NOW_MS).isWrong).toBe(false);
  });

  it.each([1, -1])('allows what clients may be off, and no more (to side %d)', (side) => {
    let nowMs = NOW_MS + side * (CLOCK_OFFSET_MS_MAX - SLACK_MS);
    const clock = new DatabaseClock(() => nowMs);
    clock.note(NOW_MS);
    clock.assertRight();
    nowMs = NOW_MS + side * (CLOCK_OFFSET_MS_MAX + SLACK_MS);
    expect(clock.isWrong).toBe(true);
    const text = `960 s ${side > 0 ? 'ahead of' : 'behind'} that of the database: wanted at most 900 s`;
    expect(() => clock.assertRight()).toThrow(expect.objectContaining(wrong));
    expect(() => clock.assertRight()).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining(text) }) }),
    );
    // The other one was set.
    clock.note(nowMs);
    clock.assertRight();
  });
});

describe.skipIf(postgresIsMissing())('an engine over a database whose clock is another', () => {
  it('does nothing while its own is wrong, goes on when it is set, and does not open with it', async () => {
    const server = await startPostgres();
    let offsetMs = 0;
    const options = { url: server.url, nowMs: () => Date.now() + offsetMs };
    const store = await openPostgresKeyValueStore(options);
    const key = Buffer.from('key');
    const commit = (value: string) => store.commit({ puts: [{ key, value: Buffer.from(value) }] });
    await commit('before');
    offsetMs = -3_600_000;
    await expect(commit('lost')).rejects.toMatchObject(wrong);
    await expect(store.get(key)).rejects.toMatchObject(wrong);
    await expect(store.list({ start: key, end: Buffer.from('kez'), limit: 1 })).rejects.toMatchObject(wrong);
    await expect(store.snapshot()).rejects.toMatchObject(wrong);
    await expect(openPostgresKeyValueStore(options)).rejects.toMatchObject(wrong);
    offsetMs = 0;
    expect(Buffer.from((await store.get(key))?.value ?? []).toString()).toBe('before');
    await commit('after');
    await store.close();
    await server.remove();
  });
});
