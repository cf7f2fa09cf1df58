/**
 * `annals status`: what a running server owes to its background work, how far that holds writers up, and what waits.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { adminCommand } from '../admin/admin-output.js';
import { type AdminAnswer, readPart } from '../admin/read-answer.js';

/** Builds the command. */
export function statusCommand(): Command {
  return adminCommand('status', 'show what the background work of a server owes, and what waits', () => ({
    method: 'GET',
    path: ['status'],
    describe: describeStatus,
  })).addHelpText('after', '\nExample:\n  annals status');
}

/** One line for each number, with the name of what it belongs to before it. */
function describeStatus({ status }: AdminAnswer): string {
  return linesOf(readPart(status, 'status', z.looseObject({})), '').join('');
}

function linesOf(part: object, prefix: string): string[] {
  return Object.entries(part).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? linesOf(value, `${prefix}${name}.`)
      : [`${prefix}${name}: ${String(value)}\n`],
  );
}
