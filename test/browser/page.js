// @ts-check
/**
 * What a page would run: its results are left in `page`, for the test that runs its bundle. Only what a browser has is
 * used.
 */
import { combineCrc64, crc64, formatCrc64, ResumableMd5 } from '@annals/checksum';
import { createClient, readAll } from '@annals/client';
import { formatQuery, presignV4, Query } from '@annals/protocol';

const bytes = new TextEncoder().encode('123456789');

/** @param {{ endpoint: string, accessKeyId: string, accessKeySecret: string }} options */
async function useServer({ endpoint, accessKeyId, accessKeySecret }) {
  const client = createClient({ endpoint, accessKeyId, accessKeySecret });
  const [bucket, key] = ['pages', 'page/one.txt'];
  await client.putBucket({ bucket });
  await client.putObject({ bucket, key: 'whole.txt', body: 'put' });
  const first = await client.appendObject({ bucket, key, position: 0, body: 'one ' });
  const second = await client.appendObject({ bucket, key, position: first.nextPosition, body: 'two' });
  const { body } = await client.getObject({ bucket, key });
  const keys = [];
  for await (const { objects } of client.listObjects({ bucket })) keys.push(...objects.map((object) => object.key));
  return { text: new TextDecoder().decode(await readAll(body)), crc64: second.crc64, keys };
}

/** @param {{ accessKeyId: string, accessKeySecret: string, nowMs: number }} options */
function signQuery({ accessKeyId, accessKeySecret, nowMs }) {
  const request = { method: 'GET', query: new Query([]), headers: new Map() };
  const resource = { bucket: 'pages', key: 'page/one.txt' };
  const credentials = { accessKeyId, accessKeySecret };
  return formatQuery(presignV4({ request, resource, credentials, region: 'cn-hangzhou', nowMs, expiresSeconds: 600 }));
}

const md5 = await ResumableMd5.open();
Object.assign(globalThis, {
  page: {
    crc64: formatCrc64(crc64(bytes)),
    combined: formatCrc64(combineCrc64(crc64(bytes.subarray(0, 4)), crc64(bytes.subarray(4)), 5)),
    md5: [...md5.update(bytes).digest()],
    signQuery,
    useServer,
  },
});
