/** Reads policies that commands are given. Whether they are valid is for the server to say. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandFailure } from '../command-failure.js';
import { describeFileError } from '../describe-file-error.js';

/**
 * Reads a policy.
 * @param path File, or `-` for standard input.
 * @throws {CommandFailure} It cannot be read.
 */
export async function readPolicyFile(path: string): Promise<string> {
  if (path === '-') return text(process.stdin);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(`Cannot read ${path}: ${describeFileError(error)}`, { cause: error });
  }
}
