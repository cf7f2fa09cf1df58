/**
 * Somebody else during a flood, as a process of its own, so that the flood's client does not hold up what is measured:
 * appends one after the other until its standard input ends, then prints how long each took, in milliseconds, as JSON.
 * Arguments: endpoint, bucket, prefix of keys; keys from the environment.
 */
import { createClient } from '@annals/client';

const [endpoint = '', bucket = '', prefix = ''] = process.argv.slice(2);
const { OSS_ACCESS_KEY_ID: accessKeyId = '', OSS_ACCESS_KEY_SECRET: accessKeySecret = '' } = process.env;
const client = createClient({ endpoint, accessKeyId, accessKeySecret, addressing: 'path' });
let isOver = false;
process.stdin.resume();
process.stdin.on('end', () => {
  isOver = true;
});
const waits = [];
for (let index = 0; !isOver; index += 1) {
  const startedAtMs = performance.now();
  await client.appendObject({ bucket, key: `${prefix}-${index}`, position: 0, body: new TextEncoder().encode('calm') });
  waits.push(performance.now() - startedAtMs);
}
process.stdout.write(JSON.stringify(waits));
