// @ts-check
/**
 * A writer beside other work, in a process of its own, so that the load generator does not hold up what is measured:
 * appends 1 KiB to one object again and again until its standard input ends, then prints how long each took, in
 * milliseconds, and how long it was held up itself, by other programs on the cores or its own work: the longest pause
 * between two looks at the clock that are a millisecond apart. As JSON. Arguments: port and key.
 */
import { RawConnection } from './raw-connection.js';
import { appendHead, expectStatus } from './requests.js';

const [port = '', key = ''] = process.argv.slice(2);
let isOver = false;
process.stdin.resume();
process.stdin.on('end', () => {
  isOver = true;
});
let ownLongestMs = 0;
let lookedAtMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  ownLongestMs = Math.max(ownLongestMs, nowMs - lookedAtMs);
  lookedAtMs = nowMs;
}, 1).unref();
const connection = await RawConnection.open(Number(port));
const body = Buffer.alloc(1024, 'x');
/** @type {number[]} */
const waits = [];
for (let position = 0; !isOver; position += body.length) {
  const startMs = performance.now();
  expectStatus(await connection.send(appendHead(key, position, body.length), [body]), 200);
  waits.push(performance.now() - startMs);
  if (position > 0) continue;
  // The first also makes the connection and the object, and compiles the code.
  ownLongestMs = 0;
  process.stderr.write('writing\n');
}
connection.close();
process.stdout.write(JSON.stringify({ waits, ownLongestMs }));
