// @ts-check
/**
 * A process that uploads a file, and goes on where the process before it was killed:
 * `node uploading-process.js ENDPOINT ID SECRET KEY FILE RECORD COUNT`. Prints a line for each part, and one at the
 * end. Stands still behind the line numbered COUNT, so that a kill there is one in the middle.
 */
import { createClient } from '@annals/client';
import { uploadFile } from '@annals/client/node';

const [endpoint = '', accessKeyId = '', accessKeySecret = '', key = '', path = '', resumePath = '', lineCount = ''] =
  process.argv.slice(2);
const client = createClient({ endpoint, accessKeyId, accessKeySecret, retry: { delayMs: 1, delayMsMax: 5 } });
let toldCount = 0;
const { resumedBytes } = await uploadFile(client, {
  ...{ bucket: 'logs', key, path, resumePath, partBytes: 102_400, parallelCount: 2 },
  onProgress: ({ storedBytes }) => {
    console.log(`stored ${storedBytes}`);
    toldCount += 1;
    if (toldCount === Number(lineCount)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000);
  },
});
console.log(`resumed ${resumedBytes}`);
