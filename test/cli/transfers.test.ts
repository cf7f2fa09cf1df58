/**
 * `annals cp` and `annals sync` are interrupted by signals and by kills of the server, and the same command continues:
 * nothing is missing, nothing is wrong, and what is there is not sent again. With `ANNALS_SOAK=transfers` 10,000 files
 * and a file of 5 GiB, in some minutes and with 16 GB of disk; it prints its figures then.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isSoaked } from '../harness/soak.js';
import {
  type CommandRun,
  copyThroughInterruptions,
  INTERRUPTIONS,
  notedPartCount,
  settledTraffic,
  TransferPlace,
} from './transferring.js';

const IS_SOAKED = isSoaked('transfers');
const FILE_COUNT = IS_SOAKED ? 10_000 : 200;
const LARGE_BYTES = IS_SOAKED ? 5 * 1024 ** 3 : 64 * 1024 ** 2 + 1;
const PART_BYTES = IS_SOAKED ? 8 * 1024 ** 2 : 256 * 1024;
/** Behind a fifth of the large file and all parts that a command has under way, a command is held to be interrupted. */
const PASSED_BYTES = LARGE_BYTES / 5 + PART_BYTES * 16;
const PART_FLAG = `--part-size=${PART_BYTES}B`;
/** Of the process, whatever it copies: Node itself, and the parts under way. */
const MEMORY_BYTES_MAX = 512 * 1024 ** 2;
const TIME_LIMIT_MS = IS_SOAKED ? 3_600_000 : 240_000;

let place: TransferPlace;
beforeAll(async () => {
  place = await TransferPlace.open();
});
afterAll(() => place.close());

function tell(what: string, { seconds, peakBytes }: CommandRun, amount: string): void {
  if (!IS_SOAKED) return;
  console.info(`${what}: ${amount} in ${seconds.toFixed(1)} s, ${(peakBytes / 1024 ** 2).toFixed(0)} MiB of memory`);
}

/** What is true of each run, however it ended. */
function checkRuns(runs: readonly CommandRun[]): void {
  for (const { peakBytes } of runs) expect(peakBytes).toBeLessThan(MEMORY_BYTES_MAX);
  const [interrupted] = runs;
  expect(interrupted?.exitCode).toBe(130);
  expect(interrupted?.errors).toContain('SIGINT stopped it: give the same command again to continue');
}

it(
  'sync continues with the files that are missing, up and down, and cp -r copies all',
  async () => {
    const files = await place.makeFiles('files', FILE_COUNT);
    const lengths = new Map([...files].map(([name, text]) => [name, text.length]));
    const up = await copyThroughInterruptions(place, ['sync', '--json', 'files', 'oss://copies/up'], FILE_COUNT);
    expect(up.last).toMatchObject({ exitCode: 0, errors: '' });
    // Signals stop the command between a fifth and the end, so much of it was there already.
    expect(up.last.results.length).toBeLessThan(FILE_COUNT * 0.8);
    expect(sorted(await place.objectsBelow('up/'))).toEqual(sorted(lengths));

    const down = await copyThroughInterruptions(place, ['sync', '--json', 'oss://copies/up', 'back'], FILE_COUNT);
    expect(down.last).toMatchObject({ exitCode: 0, errors: '' });
    expect(down.last.results.length).toBeLessThan(FILE_COUNT * 0.8);
    expect(sorted(await place.filesBelow('back'))).toEqual(sorted(files));

    for (const { interrupted, last } of [up, down]) checkRuns([...interrupted, last]);
    const copied = await place.run('cp', '-r', '--json', 'files', 'oss://copies/again');
    expect(copied).toMatchObject({ exitCode: 0, errors: '' });
    expect(sorted(await place.objectsBelow('again/'))).toEqual(sorted(lengths));
    const fetched = await place.run('cp', '-r', '--json', 'oss://copies/again', 'whole');
    expect(sorted(await place.filesBelow('whole'))).toEqual(sorted(files));
    tell('cp -r up', copied, `${(FILE_COUNT / copied.seconds).toFixed(0)} files/s`);
    tell('cp -r down', fetched, `${(FILE_COUNT / fetched.seconds).toFixed(0)} files/s`);
    const nothing = await place.run('sync', '--json', 'files', 'oss://copies/up');
    expect(nothing).toMatchObject({ exitCode: 0, results: [] });
    tell('sync of what is there', nothing, `${(FILE_COUNT / nothing.seconds).toFixed(0)} files/s`);
  },
  TIME_LIMIT_MS,
);

it(
  'cp continues with a large file, and sends no part again that is there',
  async () => {
    await place.makeLargeFile('large', LARGE_BYTES);
    const words = ['cp', '--json', PART_FLAG, 'large', 'oss://copies/large'];
    const runs: CommandRun[] = [];
    for (const [index, interruption] of INTERRUPTIONS.entries()) {
      const due = ((index + 1) / 5) * LARGE_BYTES;
      const isDue = async () => (await place.storedPartBytes('large')) >= due;
      runs.push(await place.interruptAfter(PASSED_BYTES, interruption, words, isDue));
    }
    const { receivedBytes: before } = await settledTraffic(place);
    const storedBytes = await place.storedPartBytes('large');
    // A command whose server comes back in time has ended well; then there is nothing to continue.
    const isDone = runs.at(-1)?.exitCode === 0;
    expect(isDone || storedBytes >= LARGE_BYTES * 0.6).toBe(true);
    const last = await place.run(...words);
    expect(last).toMatchObject({ exitCode: 0, errors: '' });
    const sentBytes = (await place.traffic()).receivedBytes - before;
    // Beside the parts only documents of some kilobytes are sent.
    if (!isDone) expect(sentBytes).toBeLessThan(LARGE_BYTES - storedBytes + PART_BYTES);
    checkRuns([...runs, last]);
    expect((await place.client.headObject({ bucket: 'copies', key: 'large' })).length).toBe(LARGE_BYTES);
    expect(await place.storedPartBytes('large')).toBe(0);
    await downloadLarge();
  },
  TIME_LIMIT_MS,
);

async function downloadLarge(): Promise<void> {
  const words = ['cp', '--json', PART_FLAG, 'oss://copies/large', 'fetched'];
  const partCount = Math.ceil(LARGE_BYTES / PART_BYTES);
  const runs: CommandRun[] = [];
  for (const [index, interruption] of INTERRUPTIONS.entries()) {
    const due = ((index + 1) / 5) * partCount;
    const isDue = async () => (await notedPartCount(place, 'fetched')) >= due;
    runs.push(await place.interruptAfter(PASSED_BYTES, interruption, words, isDue));
  }
  const { sentBytes: before } = await settledTraffic(place);
  const notedCount = await notedPartCount(place, 'fetched');
  const isDone = runs.at(-1)?.exitCode === 0;
  const last = await place.run(...words);
  expect(last).toMatchObject({ exitCode: 0, errors: '' });
  const fetchedBytes = (await place.traffic()).sentBytes - before;
  if (!isDone) expect(fetchedBytes).toBeLessThan(LARGE_BYTES - (notedCount - 2) * PART_BYTES);
  checkRuns([...runs, last]);
  expect(await place.isSame('large', 'fetched')).toBe(true);
  if (!IS_SOAKED) return;
  await place.remove('fetched');
  const rate = ({ seconds }: CommandRun): string => `${(LARGE_BYTES / 1024 ** 2 / seconds).toFixed(0)} MiB/s`;
  const up = await place.run('cp', '--json', 'large', 'oss://copies/once');
  tell('cp of a large file up', up, rate(up));
  const down = await place.run('cp', '--json', 'oss://copies/once', 'fetched');
  tell('cp of a large file down', down, rate(down));
}

function sorted<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}
