/** The token of the server's own pages: from the environment, else from a file. */
import { readFile } from 'node:fs/promises';
import { CommandFailure, describeError } from '../command-failure.js';

/** Environment variable with the token. */
export const PROBE_TOKEN_VARIABLE = 'ANNALS_PROBE_TOKEN';

/** What a header can carry, and no attacker guesses. */
const TOKEN = /^[\x21-\x7e]{16,512}$/;

/**
 * Reads the token.
 * @param given From the environment; it wins.
 * @returns `undefined` when there is neither.
 * @throws {CommandFailure} It cannot be read or used; the message never has the token.
 */
export async function readProbeToken(given: string | undefined, path: string | undefined): Promise<string | undefined> {
  if (given === undefined && path === undefined) return undefined;
  const source = given === undefined ? `the file ${path}` : PROBE_TOKEN_VARIABLE;
  const token = (given ?? (await readToken(path ?? ''))).trim();
  if (TOKEN.test(token)) return token;
  throw new CommandFailure(
    `Cannot use the token in ${source}: expected 16 to 512 visible ASCII characters without spaces`,
  );
}

async function readToken(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(`Cannot read the token of the probes: ${describeError(error)}`, { cause: error });
  }
}
