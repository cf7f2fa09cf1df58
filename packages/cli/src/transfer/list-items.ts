/** What lies below a place: files of a folder, or objects under a prefix. Leaves out transferring them. */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@annals/client';
import { isDownloadRemains } from '@annals/client/node';
import { CommandFailure, describeError, EXIT_CODES, systemErrorCode } from '../command-failure.js';
import { exitCodeOf, isClientError } from '../describe-client-error.js';
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

/** Where a listing comes from, and how it ends early. */
export interface Listing {
  readonly client: Client;
  readonly signal: AbortSignal;
}

/** Is told what a listing leaves out. */
export interface ListingNotes {
  /** It is no file, and a listing leaves such things out. */
  warn(message: string): void;
  /** It may well be wanted, and it cannot be read. */
  unreadable(path: string, failure: CommandFailure): void;
  /** A download to this folder is under way or was interrupted. */
  remains?(path: string): Promise<void>;
}

/**
 * Lists everything below a place, in no particular order for files and in the order of keys for objects. Symbolic links
 * to files are files; those to folders are passed over, because they may lead in circles.
 * @throws {CommandFailure} The folder itself cannot be read.
 */
export function listItems(listing: Listing, place: Place, notes: ListingNotes): AsyncGenerator<Item, void, void> {
  if (place.kind === 'remote') return listObjects(listing, place.url);
  return listFiles(place.path, { prefix: '', notes });
}

interface FolderListing {
  /** Of the names below the folder. */
  readonly prefix: string;
  readonly notes: ListingNotes;
}

async function* listFiles(folder: string, { prefix, notes }: FolderListing): AsyncGenerator<Item, void, void> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    const reason = systemErrorCode(cause) === 'ENOENT' ? 'there is no such folder' : describeError(cause);
    const failure = new CommandFailure(`Cannot list ${folder}: ${reason}`, { cause });
    if (prefix === '') throw failure;
    // As a file that goes: it was there when the folder above it was read.
    if (systemErrorCode(cause) === 'ENOENT') notes.warn(`${folder} is gone and is passed over`);
    else notes.unreadable(folder, failure);
    return;
  }
  for (const name of names) {
    const path = join(folder, name);
    if (isDownloadRemains(name)) {
      await notes.remains?.(path);
      continue;
    }
    const facts = await stat(path).catch((cause: unknown) => {
      const failure = new CommandFailure(`Cannot read ${path}: ${describeError(cause)}`, { cause });
      // A link that leads nowhere, or a file that is gone since its folder was read.
      if (systemErrorCode(cause) === 'ENOENT') notes.warn(`${path} leads to no file and is passed over`);
      else notes.unreadable(path, failure);
    });
    if (facts === undefined) continue;
    if (facts.isFile()) yield { name: prefix + name, length: facts.size, changedAtMs: facts.mtimeMs };
    else if (!facts.isDirectory()) notes.warn(`${path} is no file and is passed over`);
    else if (await isLink(path)) notes.warn(`${path} is a link to a folder and is passed over`);
    else yield* listFiles(path, { prefix: `${prefix}${name}/`, notes });
  }
}

/** @returns Whether the path is a link; not when it is gone, which its listing then says. */
function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (facts) => facts.isSymbolicLink(),
    () => false,
  );
}

async function* listObjects(
  { client, signal }: Listing,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): AsyncGenerator<Item, void, void> {
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  for await (const { objects } of client.listObjects({ bucket, signal, ...(prefix !== '' && { prefix }) })) {
    for (const { key: found, lengthBytes, lastModifiedMs, type } of objects) {
      const name = found.slice(prefix.length);
      // Tools that show folders make objects for them, which have no bytes.
      if (name === '' || (name.endsWith('/') && lengthBytes === 0)) continue;
      const listed = { name, length: lengthBytes, changedAtMs: lastModifiedMs };
      yield type === 'Symlink' ? await lookThroughLink({ client, signal }, { bucket, key: found }, listed) : listed;
    }
  }
}

/** A listing has length 0 for a link; reading it gives its target. One that leads nowhere stays as it is listed. */
async function lookThroughLink(
  { client, signal }: Listing,
  link: { readonly bucket: string; readonly key: string },
  listed: Item,
): Promise<Item> {
  try {
    const { length, lastModifiedAtMs = 0 } = await client.headObject({ ...link, signal });
    return { ...listed, length, changedAtMs: Math.max(listed.changedAtMs, lastModifiedAtMs) };
  } catch (error) {
    if (isClientError(error) && exitCodeOf(error) === EXIT_CODES.notFound) return listed;
    throw error;
  }
}
