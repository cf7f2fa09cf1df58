/** Changes a profile in our own profile file, and leaves everything else in it as it is. */

import { readFileSync } from 'node:fs';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import { type Profile, profileName, profilePath } from './profile-file.js';

/**
 * Writes values into a section; other lines stay, comments too.
 * @returns The path of the file.
 * @throws {CommandFailure} A value has a line break, or the file cannot be written.
 */
export async function writeProfile(section: string, values: Profile, path = profilePath()): Promise<string> {
  const lines = readLines(path);
  const header = lines.findIndex((line) => line.trim().toLowerCase() === `[${section.toLowerCase()}]`);
  if (header < 0) lines.push(...(lines.length > 0 ? [''] : []), `[${section}]`);
  const start = header < 0 ? lines.length : header + 1;
  for (const [setting, value] of Object.entries(values) as [keyof Profile, string][]) {
    const name = profileName(setting);
    if (/[\r\n]/.test(value)) throw new CommandFailure(`Cannot keep ${name}: it has a line break`);
    const line = `${name} = ${value}`;
    const next = lines.findIndex((each, index) => index >= start && each.trim().startsWith('['));
    const end = next < 0 ? lines.length : next;
    const at = lines.findIndex((each, index) => index >= start && index < end && nameOf(each) === name);
    if (at >= 0) lines[at] = line;
    else lines.splice(endOfText(lines, start, end), 0, line);
  }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
    // What a process that was ended left behind may have another mode.
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
  } catch (error) {
    throw new CommandFailure(`Cannot write the profile file ${path}: ${describeError(error)}`, { cause: error });
  }
  return path;
}

/** The end of a section without the empty lines before the next one. */
function endOfText(lines: readonly string[], start: number, end: number): number {
  let at = end;
  while (at > start && lines[at - 1]?.trim() === '') at -= 1;
  return at;
}

function nameOf(line: string): string | undefined {
  return /^\s*([A-Za-z_]+)\s*=/.exec(line)?.[1]?.toLowerCase();
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw new CommandFailure(`Cannot read the profile file ${path}: ${describeError(error)}`, { cause: error });
  }
}
