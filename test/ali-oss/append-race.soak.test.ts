/**
 * Sixteen writers, each with a connection of its own, race for the same position for ten seconds: exactly one wins each
 * position, and the object is the winners' bodies in order. Checked from the server's answers alone.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AliError, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const bucket = 'race';
const writerCount = 16;
const durationMs = 10_000;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [bucket] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

interface Win {
  readonly position: number;
  readonly next: number;
  readonly body: Buffer;
}

describe('writers racing for one position', () => {
  for (const [name, bodyLength] of [
    ['bodies of some hundred bytes', (turn: number) => 200 + (turn % 300)],
    ['bodies between 60 and 200 KiB, across the inline limit', (turn: number) => 60_000 + ((turn * 7919) % 145_000)],
  ] as const) {
    it(`exactly one wins each position: ${name}`, async () => {
      const key = `raced ${bodyLength(0)}`;
      const wins: Win[] = [];
      let losses = 0;
      const endAtMs = Date.now() + durationMs;
      const write = async (writer: number): Promise<void> => {
        const client = aliClient(server, bucket, writer % 2 === 0 ? 'v1' : 'v4');
        let position = 0;
        for (let turn = 0; Date.now() < endAtMs; turn += 1) {
          const body = Buffer.alloc(bodyLength(turn), `w${writer} t${turn};`);
          try {
            const result = await client.append(key, body, { position });
            wins.push({ position, next: Number(result.nextAppendPosition), body });
            position = Number(result.nextAppendPosition);
          } catch (error) {
            expect((error as AliError).code).toBe('PositionNotEqualToLength');
            losses += 1;
            // The loser asks for the true length, as the user's guide tells it to.
            const head = await client.head(key);
            position = Number(head.res.headers['x-oss-next-append-position']);
          }
        }
      };
      await Promise.all(Array.from({ length: writerCount }, (_, writer) => write(writer)));
      wins.sort((left, right) => left.position - right.position);
      expect(wins.length).toBeGreaterThan(writerCount);
      expect(losses).toBeGreaterThan(0);
      let position = 0;
      for (const win of wins) {
        expect(win.position).toBe(position);
        expect(win.next).toBe(position + win.body.length);
        position = win.next;
      }
      const { content } = await aliClient(server, bucket).get(key);
      expect(content.equals(Buffer.concat(wins.map((win) => win.body)))).toBe(true);
    });
  }
});
