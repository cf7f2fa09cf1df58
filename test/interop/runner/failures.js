// @ts-check
/**
 * What SDKs do when server or network fail under them. One program per SDK appends numbered blocks, tells every error
 * its SDK reports, and goes on from what HEAD says; the steps here disturb it and look at the bytes afterwards: none
 * lost, none doubled.
 */
import { createHash } from 'node:crypto';
import { step } from '../scenario.js';
import { runCommand } from './command.js';
import { startProxy } from './proxy.js';
import { rootKeys, startServer } from './server.js';
import { signedFetch } from './signed-fetch.js';

/**
 * @typedef {import('./server.js').Server} Server
 * @typedef {{ block: number, outcome: 'ok' | 'applied' | 'error', error?: string }} Event
 * @typedef {object} Expectation What the SDK is known to do when an answer is lost; anything else fails.
 * @property {number} sends How often it then sends the append of that block, by itself.
 * @property {RegExp | undefined} error What it reports; nothing if it recovers by itself.
 */

const MIB = 1 << 20;
const TIME_LIMIT_MS = 300_000;

/** Steps of all clients that are disturbed. */
export const failureSteps = [
  step(
    'restart',
    'Server restarted mid-append',
    'killed while a body arrives and started again; the program goes on by HEAD',
  ),
  step(
    'lost-answer',
    'Answer lost after the commit',
    'the append is applied once, whatever the SDK re-sends and reports',
  ),
  step('slow-network', 'Slow network', '64 KiB blocks at 256 KiB/s arrive whole, without an error'),
];

/**
 * @param {(environment: Record<string, string>) => import('./command.js').Command} program
 * @param {Expectation} expectation
 * @returns {NonNullable<import('./client.js').Client['drive']>}
 */
export function driveFailures(program, expectation) {
  return async ({ environment, cells }) => {
    const run = async (
      /** @type {string} */ id,
      /** @type {(server: Server, key: string) => Promise<string>} */ action,
    ) => {
      const server = await startServer({ bucket: environment.BUCKET ?? '' });
      try {
        cells.set(id, { state: 'pass', detail: `note: ${await action(server, `failures/${id}.log`)}` });
      } catch (error) {
        cells.set(id, { state: 'fail', detail: error instanceof Error ? error.message : String(error) });
      } finally {
        await server.stop();
      }
    };
    const append = async (
      /** @type {Server} */ server,
      /** @type {string} */ endpoint,
      /** @type {string} */ key,
      /** @type {number} */ count,
      /** @type {number} */ length,
    ) => {
      const more = {
        ...environment,
        ANNALS_ENDPOINT: endpoint,
        KEY: key,
        BLOCK_COUNT: String(count),
        BLOCK_LENGTH: String(length),
      };
      const command = program({
        ...more,
        OSS_ACCESS_KEY_ID: rootKeys.accessKeyId,
        OSS_ACCESS_KEY_SECRET: rootKeys.accessKeySecret,
        OSS_REGION: 'cn-hangzhou',
      });
      const { stdout, problem } = await runCommand(command, TIME_LIMIT_MS);
      if (problem !== undefined) throw new Error(problem);
      /** @type {Event[]} */
      const events = stdout
        .split('\n')
        .filter((line) => line.startsWith('{"block"'))
        .map((line) => JSON.parse(line));
      await checkBytes(server, environment.BUCKET ?? '', key, count, length);
      return { events, errors: [...new Set(events.flatMap(({ error }) => (error === undefined ? [] : [error])))] };
    };

    await run('restart', async (server, key) => {
      /** @type {Promise<void> | undefined} */
      let restarted;
      const proxy = await startProxy({
        port: () => server.port,
        bytesPerSecond: 16 * MIB,
        onSent: (length) => {
          // In the middle of the second block.
          if (length <= 12 * MIB || restarted !== undefined) return;
          restarted = server.kill().then(() => server.restart());
          // The code that waits for it gets the error, unless the append fails first: that must not end the other
          // columns too.
          restarted.catch(() => undefined);
        },
      });
      try {
        const { errors } = await append(server, proxy.endpoint, key, 3, 8 * MIB);
        await restarted;
        if (restarted === undefined) throw new Error('The server was not restarted: too few bytes were sent');
        return `${proxy.appendCount()} requests for 3 blocks; reported ${told(errors)}`;
      } finally {
        await proxy.close();
      }
    });

    await run('lost-answer', async (server, key) => {
      const proxy = await startProxy({ port: () => server.port, dropAnswersOf: [2] });
      try {
        const { events, errors } = await append(server, proxy.endpoint, key, 4, 1000);
        if (proxy.droppedCount() !== 1) throw new Error(`${proxy.droppedCount()} answers were lost, wanted 1`);
        const sends = proxy.appendCount() - 3;
        if (sends !== expectation.sends)
          throw new Error(`The SDK sent the append ${sends} times, wanted ${expectation.sends}`);
        if (
          expectation.error === undefined ? errors.length > 0 : !errors.some((text) => expectation.error?.test(text))
        ) {
          throw new Error(`The SDK reported ${told(errors)}, wanted ${expectation.error ?? 'no error'}`);
        }
        const isApplied = events.some(({ block, outcome }) => block === 1 && outcome !== 'error');
        if (!isApplied) throw new Error('The program did not find its block applied');
        return `sent ${sends === 1 ? 'once' : `${sends} times`}; reported ${told(errors)}`;
      } finally {
        await proxy.close();
      }
    });

    await run('slow-network', async (server, key) => {
      const proxy = await startProxy({ port: () => server.port, bytesPerSecond: 256 * 1024 });
      try {
        const { errors } = await append(server, proxy.endpoint, key, 8, 64 * 1024);
        if (errors.length > 0) throw new Error(`The SDK reported ${told(errors)}`);
        return `${proxy.appendCount()} requests for 8 blocks; no error`;
      } finally {
        await proxy.close();
      }
    });
  };
}

/** @param {readonly string[]} errors */
function told(errors) {
  return errors.length === 0 ? 'no error' : errors.map((text) => `\`${text.slice(0, 160)}\``).join(', ');
}

/**
 * The object must be block 0, block 1, ... exactly: a block lost, cut, doubled or out of order changes the hash.
 * @param {Server} server
 * @param {string} bucket
 * @param {string} key
 * @param {number} count
 * @param {number} length
 */
async function checkBytes(server, bucket, key, count, length) {
  const wanted = createHash('sha256');
  for (let block = 0; block < count; block += 1) {
    // The programs make the same text: the block's number in 8 digits, repeated.
    wanted.update(
      String(block)
        .padStart(8, '0')
        .repeat(Math.ceil(length / 8))
        .slice(0, length),
    );
  }
  const answer = await signedFetch(server.endpoint, { method: 'GET', bucket, key }, rootKeys);
  const contents = Buffer.from(await answer.arrayBuffer());
  if (contents.length !== count * length)
    throw new Error(`The object has ${contents.length} bytes, wanted ${count * length}`);
  if (createHash('sha256').update(contents).digest('hex') !== wanted.digest('hex'))
    throw new Error('The object has other bytes than were sent');
}
