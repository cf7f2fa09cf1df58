/**
 * 64 writers of one object without a position, over connections of their own: every body is in the object whole and
 * once, those of a writer in its order, at the position that its answer names; no writer is refused.
 */
import { crc64 } from '@annals/checksum';
import { expect, test } from 'vitest';
import { startTestServer } from '../harness/test-server.js';

const WRITER_COUNT = 64;
const APPEND_COUNT = 12;
/** Some bodies are longer than what lies in a row. */
const LONG_LENGTH_BYTES = 150_000;

test.each([
  ['clear', {}],
  ['encrypted', { 'x-oss-server-side-encryption': 'AES256' }],
])('64 writers of one object lay every body whole, once and in their order (%s)', async (kind, headers) => {
  const server = await startTestServer({ buckets: ['shared'] });
  const target = { bucket: 'shared', key: `log ${kind}` };
  const bodyOf = (writer: number, count: number): string => {
    const length = (writer * APPEND_COUNT + count) % 97 === 0 ? LONG_LENGTH_BYTES : (writer * 131 + count * 17) % 900;
    return `${writer}:${count}:${'x'.repeat(length)}\n`;
  };
  const positions = new Map<string, number>();
  await Promise.all(
    Array.from({ length: WRITER_COUNT }, async (_, writer) => {
      let last = -1;
      for (let count = 0; count < APPEND_COUNT; count += 1) {
        const answer = await server.send({
          method: 'POST',
          ...target,
          query: { append: '', position: 'auto' },
          headers: { ...headers, 'x-oss-annals-append-id': `${writer}-${count}` },
          body: bodyOf(writer, count),
        });
        expect(answer.status, answer.body.toString()).toBe(200);
        const position = Number(answer.headers['x-oss-annals-append-position']);
        const length = Buffer.byteLength(bodyOf(writer, count));
        expect(answer.headers['x-oss-next-append-position']).toBe(String(position + length));
        expect(position).toBeGreaterThan(last);
        last = position;
        positions.set(`${writer}:${count}`, position);
      }
    }),
  );
  const { body, headers: told } = await server.send({ method: 'GET', ...target });
  expect(told['x-oss-hash-crc64ecma']).toBe(crc64(body).toString());
  let length = 0;
  for (const [name, position] of positions) {
    const [writer = 0, count = 0] = name.split(':').map(Number);
    const expected = bodyOf(writer, count);
    expect(body.subarray(position, position + expected.length).toString('latin1') === expected, name).toBe(true);
    length += expected.length;
  }
  // No two overlap, and nothing else is there.
  expect(body).toHaveLength(length);
  expect(new Set(positions.values()).size).toBe(WRITER_COUNT * APPEND_COUNT);
  await server.close();
});
