/** What lies below a place: files of a folder, or objects under a prefix. Leaves out transferring them. */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@annals/client';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import type { Place } from './place.js';

/** A file or an object. */
export interface Item {
  /** Below the place, with `/` between its parts. */
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  /** Milliseconds since 1970. */
  readonly changedAtMs: number;
}

/**
 * Lists everything below a place, in no particular order for files and in the order of keys for objects. Symbolic links
 * to files are files; those to folders are passed over, because they may lead in circles.
 * @param warn Is told of what is passed over.
 * @throws {CommandFailure} A folder cannot be read.
 */
export function listItems(
  client: Client,
  place: Place,
  warn: (message: string) => void,
): AsyncGenerator<Item, void, void> {
  return place.kind === 'local' ? listFiles(place.path, '', warn) : listObjects(client, place.url);
}

async function* listFiles(
  folder: string,
  prefix: string,
  warn: (message: string) => void,
): AsyncGenerator<Item, void, void> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    const reason = systemErrorCode(cause) === 'ENOENT' ? 'there is no such folder' : describeError(cause);
    throw new CommandFailure(`Cannot list ${folder}: ${reason}`, { cause });
  }
  for (const name of names) {
    // What an interrupted download has left.
    if (/\.annals-part(?:\.json)?$/.test(name)) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined) warn(`${path} cannot be read and is passed over`);
    else if (facts.isFile()) yield { name: prefix + name, length: facts.size, changedAtMs: facts.mtimeMs };
    else if (!facts.isDirectory()) warn(`${path} is no file and is passed over`);
    else if ((await lstat(path)).isSymbolicLink()) warn(`${path} is a link to a folder and is passed over`);
    else yield* listFiles(path, `${prefix}${name}/`, warn);
  }
}

async function* listObjects(
  client: Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): AsyncGenerator<Item, void, void> {
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  for await (const { objects } of client.listObjects({ bucket, ...(prefix !== '' && { prefix }) })) {
    for (const { key: found, lengthBytes, lastModifiedMs } of objects) {
      const name = found.slice(prefix.length);
      // Tools that show folders make objects for them, which have no bytes.
      if (name === '' || (name.endsWith('/') && lengthBytes === 0)) continue;
      yield { name, length: lengthBytes, changedAtMs: lastModifiedMs };
    }
  }
}
