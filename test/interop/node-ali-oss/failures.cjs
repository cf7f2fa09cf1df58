// @ts-check
/** Appends numbered blocks through ali-oss while its server or network fail; RETRY_MAX switches its own retry on. */
const { setTimeout: sleep } = require('node:timers/promises');
const { connect } = require('./connect.cjs');

const { ANNALS_ENDPOINT = '', BUCKET = '', KEY = '', BLOCK_COUNT, BLOCK_LENGTH, RETRY_MAX = '0' } = process.env;
const HEAD_ATTEMPTS = 120;
const HEAD_PAUSE_MS = 250;
const client = connect(ANNALS_ENDPOINT, BUCKET, RETRY_MAX === '0' ? {} : { retryMax: Number(RETRY_MAX) });

/** @param {object} event */
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

async function lengthNow() {
  for (let attempt = 0; attempt < HEAD_ATTEMPTS; attempt += 1) {
    try {
      return Number((await client.head(KEY)).res.headers['content-length']);
    } catch (error) {
      if (/** @type {{ status?: number }} */ (error).status === 404) return 0;
      await sleep(HEAD_PAUSE_MS);
    }
  }
  throw new Error('The server did not come back');
}

/**
 * @param {number} block
 * @param {number} position
 * @returns {Promise<number>} Where the next block begins.
 */
async function appendBlock(block, position) {
  const length = Number(BLOCK_LENGTH);
  const body = Buffer.from(
    String(block)
      .padStart(8, '0')
      .repeat(Math.ceil(length / 8))
      .slice(0, length),
  );
  for (;;) {
    try {
      const { nextAppendPosition } = await client.append(KEY, body, { position });
      tell({ block, outcome: 'ok' });
      return Number(nextAppendPosition);
    } catch (error) {
      const { name, status } = /** @type {{ name: string, status?: number }} */ (error);
      tell({ block, outcome: 'error', error: `${name}: ${status}` });
    }
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
