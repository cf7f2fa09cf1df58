/** The chunks of a followed object byte by byte: short and long ones, the last one, and what comes behind it. */
import { patternBytes } from '@annals/store/conformance';
import { expect, test } from 'vitest';
import { readChunkedBody } from '../harness/chunked-body.js';
import { encodedPath, encodedQuery, signRequest } from '../harness/sign-request.js';
import { ROOT, startTestServer } from '../harness/test-server.js';

const bucket = 'framed';
const key = 'log';

test('chunks of every length are framed, and the connection goes on behind them', async () => {
  const server = await startTestServer({ buckets: [bucket] });
  const bodies = [1, 15, 16, 255, 4096, 16_383, 16_384, 16_385, 65_536, 300_000].map((length) =>
    Buffer.from(patternBytes(length)),
  );
  let length = 0;
  const append = async (body: Uint8Array): Promise<void> => {
    const query = { append: '', position: String(length) };
    const answer = await server.send({ method: 'POST', bucket, key, query, body });
    expect(answer.status).toBe(200);
    length += body.length;
  };
  await append(Buffer.alloc(0));
  const connection = await server.connect();
  const ask = async (query: Record<string, string>): Promise<void> => {
    const signed = signRequest({ method: 'GET', bucket, key, query, headers: {} }, 'v4', ROOT, Date.now());
    const lines = Object.entries({ host: server.host, ...signed.headers }).map(([name, value]) => `${name}: ${value}`);
    const target = `${encodedPath(bucket, key)}?${encodedQuery(signed.query)}`;
    await connection.send(`GET ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  };
  await ask({ follow: '', wait: '600' });
  await connection.until(() => connection.pending.includes('\r\n\r\n'));
  const head = connection.pending.slice(0, connection.pending.indexOf('\r\n\r\n') + 4);
  expect(head.toLowerCase()).toContain('\r\ntransfer-encoding: chunked\r\n');
  for (const body of bodies) {
    await append(body);
    const wanted = length;
    await connection.until(() => connection.pending.length >= head.length + wanted);
  }
  await server.send({ method: 'POST', bucket, key, query: { seal: '', position: String(length) } });
  const whole = Buffer.concat(bodies).toString('latin1');
  await connection.until(() => connection.pending.endsWith('0\r\n\r\n'));
  const decoded = readChunkedBody(connection.pending.slice(head.length));
  expect(decoded?.body === whole).toBe(true);
  expect(decoded?.rest).toBe('');
  connection.forget();
  await ask({ follow: 'once', position: String(length) });
  expect((await connection.readAnswer()).status).toBe(204);
  await server.close();
});
