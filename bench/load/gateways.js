// @ts-check
/** Gateways, each `annals serve` in a process of its own, over one database and one place for bodies. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { familyOf } from './process-costs.js';
import { startAnnals } from './processes.js';
import { SIGNED } from './services.js';

/**
 * @param {string} folder A fresh one for this store.
 * @param {object} places
 * @param {string} places.metadata
 * @param {string} places.blobs
 * @param {number} count
 * @returns {Promise<(name: string, count: number) => import('./services.js').Service>} Gives a service that spreads its
 *   connections over so many of the gateways.
 */
export async function openGateways(folder, { metadata, blobs }, count) {
  mkdirSync(folder, { recursive: true });
  const masterKeyFile = join(folder, 'master.key');
  writeFileSync(masterKeyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  const config = join(folder, 'annals.json');
  writeFileSync(config, JSON.stringify({ storage: { metadata, blobs }, 'master-key-file': masterKeyFile }));
  /** @type {import('./processes.js').Running[]} */
  const running = [];
  for (let index = 0; index < count; index += 1) {
    running.push(await startAnnals(join(folder, `gateway-${index}`), ['--config', config]));
  }
  return (name, used) => {
    const [first, ...others] = running.slice(0, used);
    if (first === undefined) throw new RangeError('Cannot serve without a gateway');
    return {
      name,
      port: first.port,
      otherPorts: others.map(({ port }) => port),
      pids: [first, ...others].flatMap(({ pid }) => familyOf(pid)),
      ...SIGNED,
      async stop() {
        for (const { stop } of running) await stop();
      },
    };
  };
}
