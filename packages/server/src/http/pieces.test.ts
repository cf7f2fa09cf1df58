/**
 * Requests in absurdly small pieces: what one costs in memory goes by its bytes and the settings, never by the number
 * of its pieces. Heap in use is what the engine itself reports at the end of collections, so neither the moment of one
 * nor the speed of the machine decides.
 */
import { crc64, formatCrc64 } from '@annals/checksum';
import { afterEach, expect, test } from 'vitest';
import { measureLiveBytesMax } from '../../../../test/harness/hostile-inputs.js';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { startTestServer, type TestServer } from '../../../../test/harness/test-server.js';

const MEBIBYTE = 1024 * 1024;
/** Far less than an object for each piece would take, far more than what the pieces come to. */
const LIVE_BYTES_MAX = 24 * MEBIBYTE;

let running: TestServer | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(): Promise<TestServer> {
  running = await startTestServer({ buckets: [BUCKET], clock: () => NOW_MS });
  return running;
}

function bytesOf(lengthBytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: lengthBytes }, (_, index) => (index * 31) % 251));
}

/** The chunked coding, with as many bytes in each chunk. */
function inChunks(bytes: Buffer, chunkLengthBytes: number): Buffer {
  const chunkCount = Math.ceil(bytes.length / chunkLengthBytes);
  const coded = Buffer.alloc(bytes.length + chunkCount * 5 + 5);
  let end = 0;
  for (let start = 0; start < bytes.length; start += chunkLengthBytes) {
    const lengthBytes = Math.min(chunkLengthBytes, bytes.length - start);
    end += coded.write(`${lengthBytes.toString(16)}\r\n`, end, 'latin1');
    end += bytes.copy(coded, end, start, start + lengthBytes);
    end += coded.write('\r\n', end, 'latin1');
  }
  end += coded.write('0\r\n\r\n', end, 'latin1');
  return coded.subarray(0, end);
}

function appendOf(key: string, body: Buffer, chunkLengthBytes: number): Buffer {
  const lines = ['Transfer-Encoding: chunked'];
  const head = requestText({ method: 'POST', key, query: 'append&position=0', lines });
  return Buffer.concat([Buffer.from(head, 'latin1'), inChunks(body, chunkLengthBytes)]);
}

test.each([1, 2, 7])('an upload of 2 MiB in chunks of %i bytes takes no object for each', async (chunkLengthBytes) => {
  const connection = await (await start()).connect();
  const body = bytesOf(2 * MEBIBYTE);
  const request = appendOf('a', body, chunkLengthBytes);
  const liveBytes = await measureLiveBytesMax(async () => {
    await connection.send(request);
    const answer = await connection.readAnswer();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-oss-hash-crc64ecma')).toBe(formatCrc64(crc64(body)));
  });
  expect(liveBytes).toBeLessThan(LIVE_BYTES_MAX);
});

test('twenty uploads at once in chunks of one byte, and others are served meanwhile', async () => {
  const server = await start();
  const body = bytesOf(256 * 1024);
  const connections = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
  const requests = connections.map((_, index) => appendOf(`a${index}`, body, 1));
  const other = await server.connect();
  const liveBytes = await measureLiveBytesMax(async () => {
    const uploads = connections.map(async (connection, index) => {
      await connection.send(requests[index] as Buffer);
      return connection.readAnswer();
    });
    for (let count = 0; count < 20; count += 1) {
      await other.send(requestText({ key: 'nothing' }));
      expect((await other.readAnswer()).status).toBe(404);
    }
    for (const answer of await Promise.all(uploads)) {
      expect(answer.headers.get('x-oss-hash-crc64ecma')).toBe(formatCrc64(crc64(body)));
    }
  });
  expect(liveBytes).toBeLessThan(LIVE_BYTES_MAX);
});

test('a form field without end, in chunks of one byte, is refused', async () => {
  const connection = await (await start()).connect();
  const field = '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n';
  const form = inChunks(Buffer.concat([Buffer.from(field), Buffer.alloc(3 * MEBIBYTE, 'x')]), 1);
  const head = `POST /${BUCKET} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const liveBytes = await measureLiveBytesMax(async () => {
    void connection.send(Buffer.concat([Buffer.from(head), form]));
    const answer = await connection.readAnswer();
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toContain('<Code>FieldItemTooLong</Code>');
  });
  expect(liveBytes).toBeLessThan(LIVE_BYTES_MAX);
});

test('a document in chunks of one byte, wrong or too long, is refused', async () => {
  const server = await start();
  for (const [lengthBytes, status] of [
    [200_000, 400],
    [2_000_000, 400],
  ] as const) {
    const connection = await server.connect();
    const document = Buffer.concat([
      Buffer.from('<Tagging><TagSet><Tag><Key>'),
      Buffer.alloc(lengthBytes, 'x'),
      Buffer.from('</Key><Value>v</Value></Tag></TagSet></Tagging>'),
    ]);
    const lines = ['Transfer-Encoding: chunked'];
    const head = requestText({ method: 'PUT', key: 'a', query: 'tagging', lines });
    const request = Buffer.concat([Buffer.from(head), inChunks(document, 1)]);
    const liveBytes = await measureLiveBytesMax(async () => {
      void connection.send(request);
      expect((await connection.readAnswer()).status).toBe(status);
    });
    expect(liveBytes).toBeLessThan(LIVE_BYTES_MAX);
  }
});
