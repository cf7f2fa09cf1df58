// @ts-check
/**
 * A process that uploads a file, and goes on where the process before it was killed:
 * `node uploading-process.js ENDPOINT ID SECRET KEY FILE RECORD`. Prints a line for each part, and one at the end.
 */
import { createClient } from '@annals/client';
import { uploadFile } from '@annals/client/node';

const [endpoint = '', accessKeyId = '', accessKeySecret = '', key = '', path = '', resumePath = ''] =
  process.argv.slice(2);
const client = createClient({ endpoint, accessKeyId, accessKeySecret, retry: { delayMs: 1, delayMsMax: 5 } });
const { resumedBytes } = await uploadFile(client, {
  ...{ bucket: 'logs', key, path, resumePath, partBytes: 102_400, parallelCount: 2 },
  onProgress: ({ storedBytes }) => console.log(`stored ${storedBytes}`),
});
console.log(`resumed ${resumedBytes}`);
