// @ts-check
/**
 * A writer beside other work, in a process of its own, so that the load generator does not hold up what is measured:
 * appends 1 KiB to one object again and again until its standard input ends, then prints how long each took, in
 * milliseconds, as JSON. Arguments: port and key.
 */
import { RawConnection } from './raw-connection.js';
import { appendHead, expectStatus } from './requests.js';

const [port = '', key = ''] = process.argv.slice(2);
let isOver = false;
process.stdin.resume();
process.stdin.on('end', () => {
  isOver = true;
});
const connection = await RawConnection.open(Number(port));
const body = Buffer.alloc(1024, 'x');
/** @type {number[]} */
const waits = [];
for (let position = 0; !isOver; position += body.length) {
  const startMs = performance.now();
  expectStatus(await connection.send(appendHead(key, position, body.length), [body]), 200);
  waits.push(performance.now() - startMs);
  if (position === 0) process.stderr.write('writing\n');
}
connection.close();
process.stdout.write(JSON.stringify(waits));
