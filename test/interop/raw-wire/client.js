// @ts-check
import { readdir } from 'node:fs/promises';
import { startServer } from '../runner/server.js';
import { signedFetch } from '../runner/signed-fetch.js';
import { step } from '../scenario.js';
import { checkAppended, checkConflict, checkErrorDocument, checkHeaders, wanted } from './checks.js';
import { exchange } from './exchange.js';
import { findSigner, readFixture, recordedKeys, renew } from './fixture.js';

/**
 * @typedef {import('./fixture.js').Fixture} Fixture
 * @typedef {import('./exchange.js').RawAnswer} RawAnswer
 */

const BUCKET = 'examplebucket';
const SDKS = ['c', 'cpp', 'csharp', 'php1', 'php2', 'ruby', 'android', 'ios'];
/** Written from its public source, because it runs on devices only. */
const COMPOSED = ['ios'];

const steps = [
  step('signature', 'Form of the signature', 'the recorded signature is arrived at from the recorded request'),
  step('append', 'Append', 'the answer that the SDK parses; the object has exactly the bytes'),
  step('conflict', 'Wrong position', 'the same request again is refused with the next position'),
  step('headers', 'Headers of the answer', 'spelled letter by letter, valid date and request id'),
  step('error-document', 'Error document', 'prolog, root, no empty element'),
  step(
    'framing',
    'Framing',
    'the way in which the SDK frames its body is understood; the connection ends or stays as it must',
  ),
  step('virtual-hosted', 'Bucket in the host name', 'the append with the bucket in the host name'),
];

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'SDKs that are not installed: their recorded requests',
  table: 'Recorded requests of SDKs that are not installed',
  toolchain: [],
  lockFiles: [],
  prepare: () => [],
  steps,
  variants: SDKS.map((sdk) => ({ name: sdk, environment: { SDK: sdk } })),
  drive: async ({ environment, cells }) => {
    const sdk = environment.SDK ?? '';
    const names = (await readdir(new URL('./requests/', import.meta.url)))
      .filter((name) => name.startsWith(`${sdk}-`))
      .map((name) => name.replace(/\.http$/, ''))
      .sort();
    const server = await startServer({ bucket: BUCKET, keys: recordedKeys });
    try {
      const plain = await Promise.all(names.filter((name) => !name.includes('-vhost')).map(readFixture));
      const hosted = await Promise.all(names.filter((name) => name.includes('-vhost')).map(readFixture));
      const run = async (/** @type {string} */ id, /** @type {() => Promise<void> | void} */ action) => {
        const problem = await Promise.resolve()
          .then(action)
          .then(
            () => undefined,
            (error) => error.message,
          );
        cells.set(id, problem === undefined ? { state: 'pass', detail: '' } : { state: 'fail', detail: problem });
      };
      await run('signature', () => {
        if (plain.length === 0) throw new Error('There is no recorded request');
        if (COMPOSED.includes(sdk)) return;
        for (const fixture of [...plain, ...hosted])
          wanted(findSigner(fixture).isProven, true, `${fixture.name} reproduced`);
      });
      if (COMPOSED.includes(sdk)) {
        cells.set('signature', {
          state: 'not-in-sdk',
          detail: 'runs on devices only; the request is composed from its public source',
        });
      }
      /** @type {{ fixture: Fixture, first: RawAnswer, second: RawAnswer | undefined }[]} */
      const answers = [];
      await run('append', async () => {
        for (const fixture of plain) answers.push(await replayTwice(server.endpoint, server.port, fixture));
      });
      const all = answers.flatMap(({ first, second }) => (second === undefined ? [first] : [first, second]));
      const conflicts = answers.filter(({ second }) => second !== undefined);
      const needed = () => wanted(answers.length, plain.length, 'number of requests answered');
      await run('conflict', () => {
        needed();
        for (const { fixture, second } of conflicts) {
          if (second !== undefined) checkConflict(second, fixture.position + fixture.body.length);
        }
      });
      await run('headers', () => {
        needed();
        for (const answer of all) checkHeaders(answer);
      });
      await run('error-document', () => {
        needed();
        for (const { second } of conflicts) if (second !== undefined) checkErrorDocument(second);
      });
      await run('framing', () => {
        needed();
        for (const { fixture, first } of answers) checkFraming(fixture, first);
      });
      if (hosted.length > 0) {
        await run('virtual-hosted', async () => {
          for (const fixture of hosted) await replayTwice(server.endpoint, server.port, fixture);
        });
      } else {
        cells.set('virtual-hosted', { state: 'not-in-sdk', detail: 'the composed request has the bucket in its path' });
      }
    } finally {
      await server.stop();
    }
  },
};

/**
 * Makes the object as long as the request expects, sends the request, sends it again, and reads the object.
 * @param {string} endpoint
 * @param {number} port
 * @param {Fixture} fixture
 */
async function replayTwice(endpoint, port, fixture) {
  const { key, position, body } = fixture;
  const object = { bucket: BUCKET, key };
  await signedFetch(endpoint, { method: 'DELETE', ...object }, recordedKeys);
  const before = '.'.repeat(position);
  if (position > 0) {
    const query = { append: '', position: '0' };
    wanted(
      (await signedFetch(endpoint, { method: 'POST', ...object, query, body: before }, recordedKeys)).status,
      200,
      'status of the object before',
    );
  }
  const first = await send(port, fixture);
  checkAppended(first, position + body.length);
  const isRepeatable = body.length === 0;
  const second = isRepeatable ? undefined : await send(port, fixture);
  const answer = await signedFetch(endpoint, { method: 'GET', ...object }, recordedKeys);
  wanted(await answer.text(), before + body.toString(), `contents after ${fixture.name}`);
  return { fixture, first, second };
}

/**
 * @param {number} port
 * @param {Fixture} fixture
 */
async function send(port, fixture) {
  const lines = renew(fixture, findSigner(fixture).signer, port, Date.now());
  return await exchange(port, {
    head: `${lines.join('\r\n')}\r\n\r\n`,
    body: fixture.wireBody,
    awaitContinue: fixture.header('expect') !== undefined,
    awaitClose: mustClose(fixture),
  });
}

/** Two ways of framing in one request: what follows it on the connection could be smuggled in. */
function mustClose(/** @type {Fixture} */ fixture) {
  return fixture.header('transfer-encoding') !== undefined && fixture.header('content-length') !== undefined;
}

/**
 * @param {Fixture} fixture
 * @param {RawAnswer} answer
 */
function checkFraming(fixture, answer) {
  const connection = answer.headers.find(([name]) => name === 'Connection')?.[1];
  if (mustClose(fixture)) {
    wanted(answer.isClosed, true, `${fixture.name}: connection closed after a body framed in two ways`);
  } else {
    wanted(connection === 'close', false, `${fixture.name}: connection given up`);
  }
  if (fixture.header('expect') !== undefined) wanted(answer.continued, true, `${fixture.name}: 100 Continue sent`);
}
