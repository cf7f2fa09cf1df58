// @ts-check
/**
 * `wrk` as the load generator: a C program that repeats ready requests, and takes a tenth of the processor time that
 * this one would. It keeps one request under way on each connection.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { findProgram } from '../peers/programs.js';

/** @returns {boolean} */
export const isWrkInstalled = () => findProgram('wrk') !== undefined;

/**
 * @param {import('./services.js').Service} service
 * @param {object} work
 * @param {string} work.script A file for its script, which is made here.
 * @param {readonly string[]} work.paths With their queries; sent by turns.
 * @param {Uint8Array} work.body ASCII.
 * @param {number} work.connectionCount
 * @param {number} work.turnMs
 * @returns {import('./turns.js').Contestant}
 */
export function postingByWrk({ name, port, pids }, { script, paths, body, connectionCount, turnMs }) {
  writeFileSync(
    script,
    `local paths = {${paths.map((path) => JSON.stringify(path)).join(',')}}
local body = ${JSON.stringify(Buffer.from(body).toString('latin1'))}
local count = 0
request = function()
  count = count + 1
  return wrk.format('POST', paths[count % #paths + 1], nil, body)
end
`,
  );
  return {
    name,
    pids,
    async take(share) {
      const seconds = Math.max(1, Math.round((turnMs * share) / 1000));
      const said = await run([
        '-t1',
        `-c${connectionCount}`,
        `-d${seconds}s`,
        '-s',
        script,
        `http://127.0.0.1:${port}`,
      ]);
      const requests = Number(/(\d+) requests in/.exec(said)?.[1]);
      const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
      if (!(requests > 0) || /Non-2xx/.test(said)) throw new Error(`Cannot measure by wrk: ${said}`);
      return { value: perSecond, requests, acceptedBytes: requests * body.length };
    },
  };
}

/** @param {readonly string[]} options */
async function run(options) {
  const wrk = spawn('wrk', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  wrk.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(wrk, 'close');
  return said;
}
