// @ts-check
/**
 * What a page in a real browser does with the client: `chromium.check.ts` bundles it. It takes the server from its
 * address, runs one step after the other, and puts what each came to beside itself, as `results.json`.
 */
import { crc64, crc64EngineReady } from '@annals/checksum';
import { AnnalsError, createClient, readAll } from '@annals/client';

const parameters = new URLSearchParams(location.search);
const bucket = 'pages';
const client = createClient({
  endpoint: parameters.get('endpoint') ?? '',
  accessKeyId: parameters.get('id') ?? '',
  accessKeySecret: parameters.get('secret') ?? '',
});
const decoder = new TextDecoder();

const million = new Uint8Array(1_000_000).map((_, index) => (index * 7919) % 251);

/** @param {string} key */
async function bytesOf(key) {
  return readAll((await client.getObject({ bucket, key })).body);
}

/** @param {string} key */
async function textOf(key) {
  const { body } = await client.getObject({ bucket, key });
  return decoder.decode(await readAll(body));
}

/** @type {Record<string, () => Promise<unknown>>} */
const steps = {
  'is a real browser': async () => [typeof window, 'process' in globalThis, /Chrome\//.test(navigator.userAgent)],
  'computes checksums': async () => [await crc64EngineReady, String(crc64(new TextEncoder().encode('123456789')))],
  'puts and gets': async () => {
    await client.putObject({ bucket, key: 'whole.txt', body: 'whole: äöü', contentType: 'text/plain' });
    const { crc64: checksum, length } = await client.headObject({ bucket, key: 'whole.txt' });
    return [await textOf('whole.txt'), length, String(checksum)];
  },
  'is told of a range': async () => {
    const { body, length } = await client.getObject({ bucket, key: 'whole.txt', range: { start: 0, end: 5 } });
    return [decoder.decode(await readAll(body)), length];
  },
  lists: async () => {
    const keys = [];
    for await (const { objects } of client.listObjects({ bucket })) keys.push(...objects.map(({ key }) => key));
    return keys;
  },
  'appends, and is told of a conflict': async () => {
    const { nextPosition } = await client.appendObject({ bucket, key: 'appended.txt', position: 0, body: 'one' });
    const refusal = await client
      .appendObject({ bucket, key: 'appended.txt', position: 1, body: 'x' })
      .catch((/** @type {unknown} */ error) => error);
    const isTold = refusal instanceof AnnalsError && 'nextPosition' in refusal && 'crc64' in refusal;
    return [nextPosition, isTold && [refusal.code, refusal.nextPosition, String(refusal.crc64)]];
  },
  'follows what a writer appends': async () => {
    const writer = client.appendWriter(bucket, 'followed.log', { lingerMs: 0 });
    await writer.write('line 0\n');
    await writer.flush();
    /** @type {string[]} */
    const found = [];
    const following = (async () => {
      for await (const { text } of client.followLines(bucket, 'followed.log', { waitSeconds: 5 })) {
        found.push(text);
        if (found.length < 20) await writer.write(`line ${found.length}\n`);
        if (found.length === 20) {
          const { position } = await writer.close();
          await client.sealObject({ bucket, key: 'followed.log', position });
        }
      }
    })();
    await following;
    return [found.length, found.at(-1), String(writer.progress.crc64)];
  },
  'is a place to pipe a stream to': async () => {
    const { writable } = client.appendWriter(bucket, 'piped.txt', { batchBytes: 100_000 });
    const bytes = new Uint8Array(1_000_000).map((_, index) => index % 251);
    await new Blob([bytes]).stream().pipeTo(writable);
    const { body, crc64: announced } = await client.getObject({ bucket, key: 'piped.txt' });
    const stored = await readAll(body);
    return [stored.length, crc64(stored) === crc64(bytes), announced === crc64(bytes)];
  },
  'uploads a blob in parts, with progress': async () => {
    /** @type {number[]} */
    const stored = [];
    await client.upload({
      ...{ bucket, key: 'parts.bin', source: new Blob([million]), partBytes: 300_000, parallelCount: 1 },
      onProgress: ({ storedBytes }) => stored.push(storedBytes),
    });
    const bytes = await bytesOf('parts.bin');
    return [bytes.length, crc64(bytes) === crc64(million), stored];
  },
  'goes on with an upload that was left': async () => {
    /** @type {string | undefined} */
    let noted;
    /** @type {import('@annals/client').ResumeStore} */
    const resume = {
      read: async () => noted,
      write: async (text) => {
        noted = text;
      },
      remove: async () => {
        noted = undefined;
      },
    };
    const input = { bucket, key: 'resumed.bin', source: new Blob([million]), partBytes: 300_000, parallelCount: 1 };
    const leaving = new AbortController();
    await client
      .upload({
        ...{ ...input, resume, signal: leaving.signal },
        onProgress: ({ storedBytes }) => storedBytes >= 600_000 && leaving.abort(),
      })
      .catch(() => undefined);
    const { resumedBytes, length } = await client.upload({ ...input, resume });
    return [resumedBytes, crc64(await bytesOf('resumed.bin')) === crc64(million), length];
  },
  'uploads a stream that cannot be iterated': async () => {
    const stream = new Blob([million.subarray(0, 500_000)]).stream();
    Object.defineProperty(stream, Symbol.asyncIterator, { value: undefined });
    const source = { getReader: () => stream.getReader() };
    await client.upload({ bucket, key: 'safari.bin', source: /** @type {ReadableStream<Uint8Array>} */ (source) });
    const bytes = await bytesOf('safari.bin');
    return [bytes.length, crc64(bytes) === crc64(million.subarray(0, 500_000))];
  },
  'says what the browser does not tell': async () => {
    const unreachable = createClient({ endpoint: 'http://127.0.0.1:9', accessKeyId: 'a', accessKeySecret: 'b' });
    const failure = await unreachable
      .putObject({ bucket, key: 'x', body: 'x', retry: { attemptCountMax: 1 } })
      .catch((/** @type {unknown} */ error) => error);
    return failure instanceof AnnalsError && [failure.code, failure.outcome];
  },
};

const wanted = parameters.get('steps')?.split(',') ?? Object.keys(steps);
/** @type {Record<string, unknown>} */
const results = {};
for (const name of wanted) {
  results[name] = await steps[name]?.().catch((/** @type {unknown} */ error) => `failed: ${error}`);
}
await fetch('results.json', { method: 'PUT', body: JSON.stringify(results) });
