// @ts-check
/** Other people's servers that the benches measure beside Annals, when they are installed. None is a dependency. */
import { azurite } from './azurite.js';
import { cephRgw } from './ceph-rgw.js';
import { nginx } from './nginx.js';
import { INSTALLED } from './programs.js';
import { s2Lite } from './s2-lite.js';

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {readonly (readonly string[])[]} install Commands that install it by its name.
 * @property {string} durability What its answer to a write promises.
 * @property {boolean} isDurable Whether that is no less than what Annals promises.
 * @property {{ append?: number, appendOfThousand?: number }} targets How many times its appends a second Annals should
 *   reach; of a thousand writers, when that differs.
 * @property {() => string | undefined} find Its version; undefined when it is not installed.
 * @property {(data: string) => Promise<import('../load/services.js').Service>} start With a folder that does not exist.
 */

/** @type {Record<string, Peer>} */
export const PEERS = { azurite, nginx, 's2-lite': s2Lite, 'ceph-rgw': cephRgw };

/**
 * What the page says about a peer.
 * @typedef {object} PeerState
 * @property {string} name
 * @property {string} durability
 * @property {string} install
 * @property {string} [version] Undefined when it is not installed.
 * @property {string[]} failures
 */

/**
 * @param {string} names Separated by commas; empty for all.
 * @returns {{ peer: Peer, state: PeerState }[]}
 * @throws {RangeError} For a name that is none.
 */
export function choosePeers(names) {
  const chosen = names === '' ? Object.keys(PEERS) : names === 'none' ? [] : names.split(',');
  return chosen.map((name) => {
    const peer = PEERS[name];
    if (peer === undefined) {
      throw new RangeError(`No peer is called "${name}"; expected of ${Object.keys(PEERS).join(', ')}, or none`);
    }
    const version = peer.find();
    const install = peer.install.map((command) => command.join(' ').replace(INSTALLED, 'FOLDER')).join(' && ');
    const state = { name: peer.name, durability: peer.durability, install, ...(version && { version }), failures: [] };
    return { peer, state };
  });
}

/**
 * Starts those that are installed. One that does not start is reported and left out.
 * @param {ReturnType<typeof choosePeers>} chosen
 * @param {string} folder
 * @param {'append' | 'put' | 'get'} operation Only those that have it.
 */
export async function startPeers(chosen, folder, operation) {
  /** @type {{ peer: Peer, service: import('../load/services.js').Service }[]} */
  const started = [];
  for (const { peer, state } of chosen) {
    if (state.version === undefined) continue;
    try {
      const service = await peer.start(`${folder}/${peer.name}`);
      if (service[operation] === undefined) await service.stop();
      else started.push({ peer, service });
    } catch (error) {
      state.failures.push(`start: ${error instanceof Error ? error.message : error}`);
    }
  }
  return {
    services: started.map(({ service }) => service),
    peers: started.map(({ peer }) => peer),
    async stop() {
      for (const { service } of started) await service.stop();
    },
  };
}
