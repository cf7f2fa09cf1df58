/** `annals scrub`: the scrub of a running server, which reads all stored bytes again and again. */
import type { Command } from 'commander';
import { adminCommand, adminGroup } from '../admin/admin-output.js';

/** Builds the command. */
export function scrubCommand(): Command {
  return adminGroup('scrub', 'control the scrub, which looks for damage', [
    adminCommand('status', 'show how far it is and what it has found', () => ({ method: 'GET', path: ['scrub'] })),
    adminCommand('start', 'let it run, from where it was stopped', () => ({
      method: 'POST',
      path: ['scrub', 'start'],
    })),
    adminCommand('stop', 'stop it until it is started, also over restarts', () => ({
      method: 'POST',
      path: ['scrub', 'stop'],
    })),
  ]);
}
