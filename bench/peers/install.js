// @ts-check
/**
 * Installs peers by their names, each into a folder of its own or with the system's packages:
 *
 *   node bench/peers/install.js azurite,s2-lite
 */
import { spawnSync } from 'node:child_process';
import { VERSITYGW } from '../load/bodies-places.js';
import { PEERS } from './peers.js';

/** @type {Record<string, Pick<import('./peers.js').Peer, 'name' | 'install' | 'find'>>} */
const PROGRAMS = { ...PEERS, versitygw: VERSITYGW };

for (const name of (process.argv[2] ?? '').split(',')) {
  const peer = PROGRAMS[name];
  if (peer === undefined)
    throw new RangeError(`No peer is called "${name}"; expected of ${Object.keys(PROGRAMS).join(', ')}`);
  for (const [program = '', ...commandLine] of peer.install) {
    const { status } = spawnSync(program, commandLine, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${name} is not installed`);
  }
  console.log(`${peer.name} ${peer.find() ?? 'is not found'}`);
}
