// @ts-check
/**
 * A process that writes numbered lines through a spool, and goes on where the process before it was killed:
 * `node spooling-writer.js ENDPOINT ID SECRET KEY FOLDER LINES`. Prints a line for each batch that became durable.
 */
import { createClient } from '@annals/client';
import { fileSpool } from '@annals/client/node';

const [endpoint = '', accessKeyId = '', accessKeySecret = '', key = '', folder = '', lines = ''] =
  process.argv.slice(2);
const client = createClient({ endpoint, accessKeyId, accessKeySecret });
const writer = client.appendWriter('logs', key, {
  spool: fileSpool({ folder, segmentBytes: 2048 }),
  batchBytes: 500,
  lingerMs: 1,
  retry: { delayMs: 1, delayMsMax: 5 },
  onProgress: ({ durableBytes }) => console.log(durableBytes),
});
const { acceptedBytes } = await writer.ready;
let offset = 0;
for (let number = 0; number < Number(lines); number += 1) {
  const line = `line ${number} ${'x'.repeat(number % 50)}\n`;
  if (offset >= acceptedBytes) await writer.write(line);
  offset += line.length;
}
await writer.close();
