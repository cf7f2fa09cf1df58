// @ts-check
/**
 * Runs the programs that make the calls of the documents' samples, and looks with a request of its own at what they
 * left.
 */
import { runCommand } from './command.js';
import { rootKeys } from './server.js';
import { signedFetch } from './signed-fetch.js';

/**
 * @param {import('./server.js').Server} server
 * @param {string} bucket
 * @param {readonly import('./client.js').Sample[]} samples
 * @param {import('./client.js').Folders} folders
 * @param {import('./client.js').Environment} environment
 * @returns {Promise<import('./report.js').Cell>}
 */
export async function checkSample(server, bucket, samples, folders, environment) {
  for (const sample of samples) {
    const command = sample.command(folders, environment);
    const { problem } = await runCommand(
      { ...command, environment: { ...environment, ...command.environment } },
      120_000,
    );
    if (problem !== undefined) return { state: 'fail', detail: problem };
    const answer = await signedFetch(server.endpoint, { method: 'GET', bucket, key: sample.key }, rootKeys);
    const contents = await answer.text();
    if (answer.status !== 200 || contents !== sample.contents) {
      return {
        state: 'fail',
        detail: `${sample.key} is ${answer.status} ${JSON.stringify(contents.slice(0, 200))}, wanted ${JSON.stringify(sample.contents)}`,
      };
    }
    const type = answer.headers.get('x-oss-object-type');
    if (type !== 'Appendable')
      return { state: 'fail', detail: `${sample.key} has the type ${type}, wanted Appendable` };
  }
  return { state: 'pass', detail: '' };
}
