/**
 * What an engine says when one bit of its file of rows has flipped: the right rows, an error, or something that is not
 * true.
 */
import { closeSync, cpSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const ROW_COUNT = 8000;
const ROUND_COUNT = 30;

/** @param {number} index */
const keyOf = (index) => Buffer.from(`object\0recordings\0camera/${String(index).padStart(9, '0')}.ts`);

/**
 * @param {import('./engines.js').Engine} engine
 * @param {string} scratch
 * @param {import('@annals/store/conformance').SeededRandom} random
 * @returns {Promise<Record<string, string | number>>}
 */
export async function flipBits(engine, scratch, random) {
  const whole = join(scratch, 'whole');
  const values = Array.from({ length: ROW_COUNT }, () => Buffer.from(random.bytes(1024)));
  const store = await engine.open(whole);
  for (let begin = 0; begin < ROW_COUNT; begin += 500) {
    await store.commit({
      puts: values.slice(begin, begin + 500).map((value, index) => ({ key: keyOf(begin + index), value })),
    });
  }
  await store.close();
  const counts = { unharmed: 0, refused: 0, untrue: 0, rowsServed: 0 };
  for (let round = 0; round < ROUND_COUNT; round += 1) {
    const copy = join(scratch, `flip-${round}`);
    cpSync(whole, copy, { recursive: true });
    flipOneBit(copy, random);
    const { errors, untrue, right } = await readEverything(engine, copy, values);
    if (untrue > 0) counts.untrue += 1;
    else if (errors > 0) counts.refused += 1;
    else counts.unharmed += 1;
    counts.rowsServed += right;
    rmSync(copy, { recursive: true });
  }
  return {
    [`one bit of the file of rows flipped, ${ROUND_COUNT} times: nothing seen, all rows right`]: counts.unharmed,
    'an error, and nothing untrue': counts.refused,
    'wrong bytes, or a row missing without an error': counts.untrue,
    'rows still served rightly, of all': `${((counts.rowsServed / (ROUND_COUNT * ROW_COUNT)) * 100).toFixed(2)} %`,
  };
}

/** @param {string} directory @param {import('@annals/store/conformance').SeededRandom} random */
function flipOneBit(directory, random) {
  const files = readdirSync(directory, { encoding: 'utf8' })
    .filter((name) => /\.(?:mdb|sqlite|ldb)$/.test(name))
    .map((name) => ({ path: join(directory, name), length: statSync(join(directory, name)).size }));
  let position = random.below(files.reduce((sum, { length }) => sum + length, 0));
  for (const { path, length } of files) {
    if (position >= length) {
      position -= length;
      continue;
    }
    const file = openSync(path, 'r+');
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, position);
    byte[0] = (byte[0] ?? 0) ^ (1 << random.below(8));
    writeSync(file, byte, 0, 1, position);
    closeSync(file);
    return;
  }
}

/**
 * Each row by itself, then all in one list.
 * @param {import('./engines.js').Engine} engine
 * @param {string} directory
 * @param {readonly Buffer[]} values
 */
async function readEverything(engine, directory, values) {
  let [errors, untrue, right] = [0, 0, 0];
  /** @type {import('@annals/store').KeyValueStore} */
  let store;
  try {
    store = await engine.open(directory);
  } catch {
    return { errors: 1, untrue, right };
  }
  for (const [index, value] of values.entries()) {
    try {
      const entry = await store.get(keyOf(index));
      if (entry !== undefined && value.equals(entry.value)) right += 1;
      else untrue += 1;
    } catch {
      errors += 1;
    }
  }
  try {
    // An engine may give what comes before the damage and say that it is in the way when it is asked to go on.
    let start = keyOf(0);
    let listed = 0;
    for (;;) {
      const page = await store.list({ start, end: Buffer.from('object\xff', 'latin1'), limit: 1000 });
      for (const { key, value } of page) {
        if (!keyOf(listed).equals(key) || !values[listed]?.equals(value)) untrue += 1;
        listed += 1;
      }
      const last = page.at(-1);
      if (last === undefined) break;
      start = Buffer.concat([last.key, Buffer.of(0)]);
    }
    if (listed < values.length) untrue += 1;
  } catch {
    errors += 1;
  }
  await store.close().catch(() => undefined);
  return { errors, untrue, right };
}
