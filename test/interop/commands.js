// @ts-check
/**
 * Steps of the commands of `annals` against objects that another SDK has written. A client with these steps has two
 * programs: one of the SDK writes the objects of `contract/written.cjs`, then `contract/annals-commands.cjs` runs the
 * commands and reports.
 */
import { join } from 'node:path';
import { interopFolder } from './runner/folders.js';
import { step } from './scenario.js';

/** Title of the matrix. */
export const commandTable = 'The commands of annals on what others wrote';

/** @type {readonly import('./scenario.js').Step[]} */
export const commandSteps = [
  step('ls', 'ls', 'keys in UTF-8, with spaces, +, % and a slash at the end; types and lengths'),
  step('stat', 'stat', 'type, length, content type and encoding, metadata, the next position'),
  step('cat', 'cat', 'the bytes of each object, through a link too'),
  step('tail', 'tail', 'the last line of an object that was appended to'),
  step('append', 'append', 'continues an object that the SDK appended to'),
  step('cp', 'cp', 'down, within the bucket and up again, the bytes of an upload in parts'),
  step('sync', 'sync', 'brings all down; a second run copies nothing'),
  step('tag', 'tag', 'set and shown'),
  step('acl', 'acl', 'set and shown'),
  step('versions', 'versions', 'lists what the SDK wrote'),
  step('rm', 'rm', 'removes all, folders too'),
];

/** Only for clients that are programs of people themselves. */
export const readBackStep = step('read-back', 'reads what annals wrote', 'copied in parts, appended, with metadata');

/** The commands as a program. @type {import('./runner/command.js').Command} */
export const annalsCommands = {
  command: process.execPath,
  arguments: [join(interopFolder, 'contract', 'annals-commands.cjs')],
};
