// @ts-check
/** Kinds of work that a service gets in turns: many connections that append, or send other requests, all at once. */
import { RawConnection } from './raw-connection.js';
import { percentile } from './statistics.js';

/** So many connections are opened at a time: the queue of those that a server has yet to take is short. */
const OPENED_AT_ONCE = 200;

/**
 * @param {number} port
 * @param {number} count
 * @param {readonly number[]} otherPorts Where the same is served: connections are spread evenly.
 */
export async function openConnections(port, count, otherPorts = []) {
  const ports = [port, ...otherPorts];
  /** @type {RawConnection[]} */
  const connections = [];
  while (connections.length < count) {
    const batch = Math.min(OPENED_AT_ONCE, count - connections.length);
    const opening = Array.from({ length: batch }, (_, index) =>
      RawConnection.open(ports[(connections.length + index) % ports.length] ?? port),
    );
    connections.push(...(await Promise.all(opening)));
  }
  return connections;
}

/** A turn whose answers are so late has failed. */
const LATE_MS = 60_000;

/**
 * Each connection sends one request after the other until the time is over.
 * @param {readonly RawConnection[]} connections
 * @param {number} durationMs
 * @param {(connection: RawConnection, index: number) => Promise<unknown>} send
 */
export async function drive(connections, durationMs, send) {
  /** @type {number[]} */
  const waitsMs = [];
  const startMs = performance.now();
  const timer = setTimeout(() => {
    for (const connection of connections) connection.close(new Error(`No answer within ${LATE_MS / 1000} s`));
  }, durationMs + LATE_MS);
  const turns = Promise.all(
    connections.map(async (connection, index) => {
      for (let nowMs = performance.now(); nowMs - startMs < durationMs; ) {
        await send(connection, index);
        const answeredMs = performance.now();
        waitsMs.push(answeredMs - nowMs);
        nowMs = answeredMs;
      }
    }),
  );
  await turns.finally(() => clearTimeout(timer));
  return { waitsMs, requests: waitsMs.length, elapsedMs: performance.now() - startMs };
}

/** How a turn's requests become its value. */
const VALUES = {
  /** Requests a second. */
  rate: (/** @type {Driven} */ { requests, elapsedMs }) => (requests / elapsedMs) * 1000,
  /** Median wait in milliseconds. */
  wait: (/** @type {Driven} */ { waitsMs }) => percentile(waitsMs, 0.5),
  /** Bytes of bodies a second. */
  bytes: (/** @type {Driven} */ { elapsedMs }, /** @type {number} */ bytes) => (bytes / elapsedMs) * 1000,
};

/** @typedef {Awaited<ReturnType<typeof drive>>} Driven */

/**
 * @typedef {object} Work
 * @property {number} connectionCount
 * @property {number} turnMs
 * @property {keyof typeof VALUES} value
 * @property {string} prefix Of the keys.
 * @property {Uint8Array} body
 * @property {boolean} [mayFail]
 */

/**
 * @param {import('./services.js').Service} service
 * @param {Work} work
 * @param {(connection: RawConnection, index: number) => Promise<unknown>} send
 * @param {boolean} isAccepted Whether requests bring the body.
 * @returns {import('./turns.js').Contestant & { close: () => void }}
 */
function contestant(service, { connectionCount, turnMs, value, body, mayFail = false }, send, isAccepted) {
  /** @type {RawConnection[]} */
  let connections = [];
  return {
    name: service.name,
    pids: service.pids,
    mayFail,
    async take(share) {
      // Opened in the first turn, which does not count, and again where a server closed them between its turns.
      const open = connections.filter((connection) => !connection.isClosed);
      const missing = connectionCount - open.length;
      connections = [...open, ...(await openConnections(service.port, missing, service.otherPorts))];
      const driven = await drive(connections, turnMs * share, send);
      if (service.closesIdle === true) for (const connection of connections) connection.close();
      const bytes = driven.requests * body.length;
      return {
        value: VALUES[value](driven, bytes),
        requests: driven.requests,
        acceptedBytes: isAccepted ? bytes : 0,
        waitsMs: driven.waitsMs,
      };
    },
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

/**
 * Each connection appends to an object of its own.
 * @param {import('./services.js').Service} service
 * @param {Work} work
 */
export function appending(service, work) {
  const { append } = service;
  if (append === undefined) throw new Error(`${service.name} cannot append`);
  const positions = new Array(work.connectionCount).fill(0);
  return contestant(
    service,
    work,
    async (connection, index) => {
      await append(connection, `${work.prefix}-${index}`, positions[index], work.body);
      positions[index] += work.body.length;
    },
    true,
  );
}

/**
 * Each connection writes the same few objects again and again.
 * @param {import('./services.js').Service} service
 * @param {Work} work
 */
export function putting(service, work) {
  const { put } = service;
  if (put === undefined) throw new Error(`${service.name} cannot store`);
  return contestant(service, work, (connection, index) => put(connection, `${work.prefix}-${index}`, work.body), true);
}

/**
 * Each connection reads an object of its own, which must exist.
 * @param {import('./services.js').Service} service
 * @param {Work} work
 */
export function getting(service, work) {
  const { get } = service;
  if (get === undefined) throw new Error(`${service.name} cannot read`);
  const { length } = work.body;
  return contestant(service, work, (connection, index) => get(connection, `${work.prefix}-${index}`, length), false);
}

/**
 * Each connection asks for the head of an object of its own, which must exist.
 * @param {import('./services.js').Service} service
 * @param {Work} work
 */
export function askingHeads(service, work) {
  const { head } = service;
  if (head === undefined) throw new Error(`${service.name} cannot answer HEAD`);
  return contestant(service, work, (connection, index) => head(connection, `${work.prefix}-${index}`), false);
}
