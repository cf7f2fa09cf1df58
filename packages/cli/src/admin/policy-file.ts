/** Reads policies that commands are given. Whether they are valid is for the server to say. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';

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
    const reason = systemErrorCode(error) === 'ENOENT' ? 'there is no such file' : describeError(error);
    throw new CommandFailure(`Cannot read ${path}: ${reason}`, { cause: error });
  }
}
