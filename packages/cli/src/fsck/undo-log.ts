/**
 * The file that takes repairs back: one JSON document per line, a repair each, with the rows as they were and as they
 * became, in hex. It is on the disk, its name too, before the first of its repairs is made.
 */
import { open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Repair } from '@annals/store';
import { z } from 'zod';
import { CommandFailure, describeError, EXIT_CODES } from '../command-failure.js';

const hex = z.string().regex(/^([0-9a-f]{2})*$/);
const lineSchema = z.strictObject({
  name: z.string(),
  changes: z.array(z.strictObject({ key: hex, before: hex.nullable(), after: hex.nullable() })).min(1),
});

/** Writes the file. @returns Its path. */
export async function writeUndoLog(folder: string, repairs: readonly Repair[], atMs: number): Promise<string> {
  const name = `fsck-undo-${new Date(atMs).toISOString().replaceAll(/[:.]/g, '-')}.jsonl`;
  const path = join(folder, name);
  const file = await open(path, 'wx', 0o600);
  try {
    for (const { name: what, changes } of repairs) {
      const line = {
        name: what,
        changes: changes.map(({ key, before, after }) => ({
          key: toHex(key),
          before: toHex(before),
          after: toHex(after),
        })),
      };
      // Unlike write, it also writes the rest of what a full disk takes only a part of, and fails then.
      await file.appendFile(`${JSON.stringify(line)}\n`);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return path;
}

/**
 * @returns The repairs in the order they were made. @throws {CommandFailure} The file cannot be read or is not such a
 * file.
 */
export async function readUndoLog(path: string): Promise<readonly Repair[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(`Cannot read the undo file: ${describeError(error)}`, { exitCode: EXIT_CODES.usage });
  }
  try {
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line): Repair => {
      const { name, changes } = lineSchema.parse(JSON.parse(line));
      return {
        name,
        changes: changes.map(({ key, before, after }) => ({
          key: Buffer.from(key, 'hex'),
          before: fromHex(before),
          after: fromHex(after),
        })),
      };
    });
  } catch (cause) {
    const message = `Cannot use the undo file ${path}: expected the lines that "annals fsck --repair" wrote`;
    throw new CommandFailure(message, { exitCode: EXIT_CODES.usage, cause });
  }
}

function toHex(bytes: Uint8Array): string;
function toHex(bytes: Uint8Array | undefined): string | null;
function toHex(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString('hex');
}

function fromHex(text: string | null): Uint8Array | undefined {
  return text === null ? undefined : Buffer.from(text, 'hex');
}
