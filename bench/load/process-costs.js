// @ts-check
/**
 * What a server costs by the books of the operating system (Linux): processor time of its processes with all their
 * threads, and the bytes that they wrote. Elsewhere there are no such books, and the costs are undefined.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Of `/proc`, on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICK_MS = 10;
/** Checkpoints and compaction that follow requests end sooner; a server that never rests does not stop the run. */
const SETTLE_MS_MAX = 8000;
const QUIET_MS = 1500;

/**
 * @typedef {object} Books
 * @property {number} cpuMs Processor time, of the program and of the system for it.
 * @property {number} diskBytes `write_bytes`: pages that were made dirty, through files and memory maps.
 * @property {number} callBytes `wchar`: what was given to write calls, answers on sockets included.
 */

/**
 * @param {readonly number[]} pids
 * @returns {Books | undefined} The sum; undefined where the system does not tell, or for no process.
 */
export function readBooks(pids) {
  if (pids.length === 0) return undefined;
  try {
    const books = { cpuMs: 0, diskBytes: 0, callBytes: 0 };
    for (const pid of pids) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Behind the name, which may have spaces and brackets: state is the first field, utime the 12th, stime the 13th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      books.cpuMs += (Number(fields[11]) + Number(fields[12])) * TICK_MS;
      const io = readFileSync(`/proc/${pid}/io`, 'utf8');
      books.diskBytes += Number(/^write_bytes: (\d+)$/m.exec(io)?.[1] ?? Number.NaN);
      books.callBytes += Number(/^wchar: (\d+)$/m.exec(io)?.[1] ?? Number.NaN);
    }
    return books;
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @returns {number[]} The process and those that it started; itself alone where the system does not tell.
 */
export function familyOf(pid) {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(familyOf)];
  } catch {
    return [pid];
  }
}

/**
 * Waits until the processes wrote nothing for a while, so that checkpoints and compaction are in the books.
 * @param {readonly number[]} pids
 */
export async function settle(pids) {
  const startMs = performance.now();
  let lastBytes = readBooks(pids)?.diskBytes;
  if (lastBytes === undefined) return;
  let quietSinceMs = startMs;
  while (performance.now() - startMs < SETTLE_MS_MAX && performance.now() - quietSinceMs < QUIET_MS) {
    await pause(250);
    const bytes = readBooks(pids)?.diskBytes;
    if (bytes !== lastBytes) quietSinceMs = performance.now();
    lastBytes = bytes;
  }
}

/**
 * @param {number} cpuMs Not a number where the system does not tell.
 * @param {number} requests What was answered in this time.
 * @returns {Costs}
 */
export function processorTime(cpuMs, requests) {
  return Number.isNaN(cpuMs) || requests === 0 ? {} : { cpuMicrosecondsPerRequest: (cpuMs * 1000) / requests };
}

/**
 * @param {Books | undefined} from
 * @param {Books | undefined} to
 * @param {number} acceptedBytes Bodies that were accepted between the two.
 * @returns {Costs}
 */
export function bytesBetween(from, to, acceptedBytes) {
  if (from === undefined || to === undefined || acceptedBytes === 0) return {};
  return {
    diskBytesPerByte: (to.diskBytes - from.diskBytes) / acceptedBytes,
    callBytesPerByte: (to.callBytes - from.callBytes) / acceptedBytes,
  };
}

/**
 * @typedef {object} Costs Without the parts that the system does not tell.
 * @property {number} [cpuMicrosecondsPerRequest]
 * @property {number} [diskBytesPerByte] Bytes written to the disk for a byte of accepted bodies.
 * @property {number} [callBytesPerByte] Bytes given to write calls for a byte of accepted bodies.
 */
