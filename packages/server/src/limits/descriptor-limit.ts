/**
 * How many connections a process can hold and still open files: half of the descriptors it has left, since a request
 * may have a file open beside its socket. Leaves out counting connections (`../http/connection-limit.ts`).
 */
import { readdirSync, readFileSync } from 'node:fs';

/** For log files, certificates and whatever else is opened for a moment. */
const RESERVED_COUNT = 16;
/** With fewer the server could serve no client. */
const CONNECTION_COUNT_MIN = 4;

/** Connections that fit into a process. */
export interface FittingConnections {
  /** With a file open beside each. */
  readonly comfortableCount: number;
  /** More could not be accepted any more, and be told so. */
  readonly countMax: number;
}

/**
 * @returns Connections that fit into the limit of this process (`ulimit -n`), beside what it has open now; `undefined`
 *   where the system does not tell, or has no limit.
 */
export function connectionCountsThatFit(): FittingConnections | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const descriptorCountMax = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
    if (!Number.isSafeInteger(descriptorCountMax)) return undefined;
    const leftCount = descriptorCountMax - readdirSync('/proc/self/fd').length - RESERVED_COUNT;
    return {
      comfortableCount: Math.max(CONNECTION_COUNT_MIN, Math.floor(leftCount / 2)),
      countMax: Math.max(CONNECTION_COUNT_MIN, leftCount - RESERVED_COUNT),
    };
  } catch {
    return undefined;
  }
}
