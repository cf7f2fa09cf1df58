/**
 * How many connections a process can hold and still open files: half of the descriptors it has left, since a request may have a file open beside its
 * socket. Leaves out counting connections (`../http/connection-limit.ts`).
 */
import { readdirSync, readFileSync } from 'node:fs';

/** For log files, certificates and whatever else is opened for a moment. */
const RESERVED_COUNT = 16;
/** Fewer could not serve anybody. */
const CONNECTION_COUNT_MIN = 4;

/**
 * @returns Connections that fit into the limit of this process (`ulimit -n`), beside what it has open now; `undefined` where the system does not tell, or
 *   has no limit.
 */
export function connectionCountThatFits(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const descriptorCountMax = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
    if (!Number.isSafeInteger(descriptorCountMax)) return undefined;
    return connectionsWithin(descriptorCountMax, readdirSync('/proc/self/fd').length);
  } catch {
    return undefined;
  }
}

/** @returns Connections that fit into a limit beside what is open already. */
export function connectionsWithin(descriptorCountMax: number, openCount: number): number {
  return Math.max(CONNECTION_COUNT_MIN, Math.floor((descriptorCountMax - openCount - RESERVED_COUNT) / 2));
}
