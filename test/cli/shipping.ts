/**
 * A shipper of logs (`annals append --follow-file`) against a server that is killed and a proxy that cuts, while the
 * log is rotated and the shipper itself is killed. Leaves out how often (`shipper.test.ts`, `shipper.soak.test.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, readAll } from '@annals/client';
import { seededRandom } from '@annals/store/conformance';
import { freePort } from '../harness/free-port.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startUnreliableProxy } from '../harness/unreliable-proxy.js';
import { until } from '../harness/until.js';

const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

/** What a run wrote and what arrived. */
export interface Shipment {
  readonly written: string;
  readonly arrived: string;
  readonly serverKillCount: number;
  readonly shipperKillCount: number;
  readonly rotationCount: number;
  /** How the last shipper ended after SIGTERM. */
  readonly exitCode: number | null;
  /** Everything that the shippers said. */
  readonly errors: string;
}

/** A shipper under way. */
class Shipper {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  errors = '';

  constructor(words: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [ANNALS, ...words], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.errors += chunk;
    });
    this.#ended = once(this.#child, 'close');
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    await this.#ended;
    return this.#child.exitCode;
  }
}

/** Ships a growing log. @param killCount How often the server or the shipper is killed. */
export async function shipLog(killCount: number, seed: number): Promise<Shipment> {
  const { next: random } = seededRandom(seed);
  const folder = await temporaryFolder();
  const data = join(folder.path, 'data');
  let server: ServerProcess = await startServerProcess({ data, port: await freePort(), buckets: ['logs'] });
  const { port, accessKeyId, accessKeySecret, endpoint } = server;
  const proxy = await startUnreliableProxy(port, () => {
    if (random() < 0.85) return { kind: 'pass' };
    const at = Math.floor(random() * 600);
    return random() < 0.7 ? { kind: 'cut-answer', at } : { kind: 'late', order: 'after' };
  });
  const log = join(folder.path, 'app.log');
  writeFileSync(log, '');
  const start = (): Shipper =>
    new Shipper(['append', '--follow-file', '--flush', '5ms', log, 'oss://logs/shipped.log'], {
      HOME: folder.path,
      OSS_ENDPOINT: proxy.endpoint,
      OSS_ACCESS_KEY_ID: accessKeyId,
      OSS_ACCESS_KEY_SECRET: accessKeySecret,
    });
  const client = createClient({ endpoint, accessKeyId, accessKeySecret });
  const length = (): Promise<number> =>
    client.headObject({ bucket: 'logs', key: 'shipped.log' }).then(
      (head) => head.length,
      () => 0,
    );
  let written = '';
  const write = (lineCount: number): void => {
    let lines = '';
    for (let count = 0; count < lineCount; count += 1)
      lines += `${written.length + lines.length} ${'x'.repeat(count % 70)}\n`;
    appendFileSync(log, lines);
    written += lines;
  };
  const counts = { serverKillCount: 0, shipperKillCount: 0, rotationCount: 0 };
  let errors = '';
  let shipper = start();
  try {
    // A file that was rotated before the shipper ever looked is unknown to it.
    write(1);
    await until(async () => (await length()) > 0);
    for (let index = 0; index < killCount; index += 1) {
      const before = await length();
      write(50);
      if (random() < 0.4) {
        renameSync(log, `${log}.${1000 - counts.rotationCount}`);
        counts.rotationCount += 1;
        write(30);
      }
      // Something of it arrives first, so that a kill falls into the work and not before it.
      await until(async () => (await length()) > before);
      if (index % 2 === 0) {
        await server.kill();
        counts.serverKillCount += 1;
        write(20);
        server = await startServerProcess({ data, port });
      } else {
        await shipper.end('SIGKILL');
        counts.shipperKillCount += 1;
        errors += shipper.errors;
        write(20);
        shipper = start();
      }
    }
    await until(async () => (await length()) >= written.length);
    const exitCode = await shipper.end('SIGTERM');
    await proxy.settle();
    const { body } = await client.getObject({ bucket: 'logs', key: 'shipped.log' });
    const arrived = new TextDecoder().decode(await readAll(body));
    return { written, arrived, ...counts, exitCode, errors: errors + shipper.errors };
  } finally {
    await shipper.end('SIGKILL');
    await proxy.close();
    await server.stop();
    await folder.remove();
  }
}
