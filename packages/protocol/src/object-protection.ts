/**
 * What protects a version of an object (object WORM): the values that headers and documents share. A retention ends at
 * a whole second, like every time in a document; what is given finer is rounded down, so that what was read can be put
 * again.
 */
import { invalidArgument } from './header/refuse.js';
import { parseIsoTime } from './iso-time.js';
import { LIMITS } from './limits.js';

/** Until when a version may not be destroyed. */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly untilMs: number;
}

const DAY_MS = 86_400_000;

/**
 * Reads the mode of a retention.
 * @param name Header or element, for the error.
 * @throws {OssError} `InvalidArgument`.
 */
export function parseRetentionMode(name: string, text: string): Retention['mode'] {
  if (text === 'GOVERNANCE' || text === 'COMPLIANCE') return text;
  throw invalidArgument(name, text);
}

/**
 * Reads the end of a retention.
 * @param name Header or element, for the error.
 * @param nowMs It must lie behind, by 100 years at most.
 * @throws {OssError} `InvalidArgument`.
 */
export function parseRetainUntil(name: string, text: string, nowMs: number): number {
  const atMs = parseIsoTime(text);
  const untilMs = atMs === undefined ? 0 : Math.floor(atMs / 1000) * 1000;
  if (untilMs <= nowMs || untilMs > nowMs + LIMITS.objectRetentionDaysMax * DAY_MS) {
    throw invalidArgument(name, text, 'The retain until date must be in the future, by 100 years at most.');
  }
  return untilMs;
}

/**
 * Reads a legal hold.
 * @param name Header or element, for the error.
 * @throws {OssError} `InvalidArgument`.
 */
export function parseLegalHoldStatus(name: string, text: string): boolean {
  if (text === 'ON' || text === 'OFF') return text === 'ON';
  throw invalidArgument(name, text);
}

/** Writes a legal hold. */
export function formatLegalHoldStatus(isHeld: boolean): 'ON' | 'OFF' {
  return isHeld ? 'ON' : 'OFF';
}
