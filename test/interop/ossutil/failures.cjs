// @ts-check
/**
 * Appends numbered blocks with appendfromfile while its server or network fail; a HEAD by `stat` decides before it goes
 * on.
 */
const { setTimeout: sleep } = require('node:timers/promises');
const { file, run } = require('./command.cjs');

const { BUCKET = '', KEY = '', BLOCK_COUNT, BLOCK_LENGTH } = process.env;
const HEAD_ATTEMPTS = 120;
const HEAD_PAUSE_MS = 250;
const url = `oss://${BUCKET}/${KEY}`;

/** @param {object} event */
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

async function lengthNow() {
  for (let attempt = 0; attempt < HEAD_ATTEMPTS; attempt += 1) {
    try {
      return Number(/^Content-Length\s+: (\d+)/m.exec(await run(['stat', url]))?.[1]);
    } catch (error) {
      if (String(error).includes('ErrorCode=NoSuchKey,')) return 0;
      await sleep(HEAD_PAUSE_MS);
    }
  }
  throw new Error('The server did not come back');
}

/**
 * What ossutil says, without URL and ports.
 * @param {unknown} error
 */
function describe(error) {
  const text = String(error);
  const refusal = /StatusCode=\d+, ErrorCode=\w+/.exec(text)?.[0];
  const [, method, problem] = /(\w+) "[^"]*": (?:.*: )?([^:]+)$/.exec(text) ?? [];
  return refusal ?? (method === undefined ? text : `${method}: ${problem}`);
}

/**
 * @param {number} block
 * @param {number} position
 * @returns {Promise<number>} Where the next block begins.
 */
async function appendBlock(block, position) {
  const length = Number(BLOCK_LENGTH);
  const text = String(block)
    .padStart(8, '0')
    .repeat(Math.ceil(length / 8))
    .slice(0, length);
  const piece = file('piece', text);
  for (;;) {
    try {
      await run(['appendfromfile', piece, url]);
      tell({ block, outcome: 'ok' });
      return position + length;
    } catch (error) {
      tell({ block, outcome: 'error', error: describe(error) });
    }
    // It reads the position from HEAD again: without this look a second run would append an applied block twice.
    const now = await lengthNow();
    if (now === position + length) {
      tell({ block, outcome: 'applied' });
      return now;
    }
    if (now !== position)
      throw new Error(`Block ${block}: the object has ${now} bytes, wanted ${position} or ${position + length}`);
  }
}

async function main() {
  let position = 0;
  for (let block = 0; block < Number(BLOCK_COUNT); block += 1) position = await appendBlock(block, position);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
