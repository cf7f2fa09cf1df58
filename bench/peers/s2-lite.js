// @ts-check
/** s2-lite, a server of durable streams in Rust: appends of one record. It has no objects to store or read whole. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectStatus } from '../load/requests.js';
import { freePort, INSTALLED, startProgram } from './programs.js';

const BASIN = 'bench-basin';
const folder = join(INSTALLED, 's2-lite');
const program = join(folder, 'bin', 'server');

/** @type {import('./peers.js').Peer} */
export const s2Lite = {
  name: 's2-lite',
  install: [['cargo', 'install', '--locked', '--root', folder, 's2-lite']],
  durability: 'synced before the answer, with all that came within 5 ms',
  isDurable: true,
  targets: { append: 1, appendOfThousand: 0.8 },
  find() {
    if (!existsSync(program)) return undefined;
    return /(\d+\.\d+\.\d+)/.exec(execFileSync(program, ['--version']).toString())?.[1] ?? 'unknown';
  },
  async start(data) {
    mkdirSync(join(data, 'streams'), { recursive: true });
    const port = await freePort();
    const resources = join(data, 'resources.json');
    const basin = { name: BASIN, config: { create_stream_on_append: true } };
    writeFileSync(resources, JSON.stringify({ basins: [basin] }));
    const options = ['--local-root', join(data, 'streams'), '--port', String(port), '--init-file', resources];
    const { pid, stop } = await startProgram(program, [...options, '--no-dashboard'], {
      log: join(data, 'log'),
      port,
      env: { RUST_LOG: 'warn' },
    });
    return { name: 's2-lite', port, pids: [pid], append, stop };
  },
};

/**
 * A record is text in JSON: so the body, which is ASCII, goes out as it is and nothing is lost to base64.
 * @type {NonNullable<import('../load/services.js').Service['append']>}
 */
async function append(connection, key, _position, body) {
  const record = Buffer.from(`{"records":[{"body":"${Buffer.from(body).toString('latin1')}"}]}`, 'latin1');
  const head =
    `POST /v1/streams/${key}/records HTTP/1.1\r\nHost: 127.0.0.1\r\nS2-Basin: ${BASIN}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${record.length}\r\n\r\n`;
  expectStatus(await connection.send(head, [record]), 200);
}
