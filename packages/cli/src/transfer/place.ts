/** Where transfers come from and go to: a path of this machine, or a bucket with the beginning of keys. */
import { basename, join, sep } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { isOssUrl, type OssUrl, parseOssUrl } from '../oss-url.js';

/** A place of this machine or of a server. */
export type Place =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'remote'; readonly url: OssUrl };

/** Reads what a user names: `oss://...` or a path. @throws {CommandFailure} Exit code 2 for a bad URL. */
export function parsePlace(text: string): Place {
  return isOssUrl(text) ? { kind: 'remote', url: parseOssUrl(text) } : { kind: 'local', path: text };
}

/** How messages name a place. */
export function describePlace(place: Place): string {
  return place.kind === 'local' ? place.path : `oss://${place.url.bucket}/${place.url.key}`;
}

/**
 * The place of one thing below another place.
 * @param name Relative, with `/` between its parts; empty: the place itself.
 * @throws {CommandFailure} A key leads out of the folder, or cannot be a path: nothing is written outside of a target.
 */
export function placeBelow(parent: Place, name: string): Place {
  if (name === '') return parent;
  if (parent.kind === 'remote') {
    const { bucket, key } = parent.url;
    const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
    return { kind: 'remote', url: { bucket, key: prefix + name } };
  }
  const parts = name.split('/');
  const isSafe = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\0\\]/.test(part));
  if (!isSafe) throw new CommandFailure(`Cannot write the key "${name}" below ${parent.path}: it is no path there`);
  return { kind: 'local', path: join(parent.path, ...parts) };
}

/** A thing that was found below a place, by the name that it has there, whatever that is. */
export function listedPlace(parent: Place, name: string): Place {
  if (parent.kind === 'local') return { kind: 'local', path: `${parent.path.replace(/\/+$/, '')}/${name}` };
  return placeBelow(parent, name);
}

/** The last part of a place's name. */
export function nameOfPlace(place: Place): string {
  return place.kind === 'local' ? basename(place.path) : (place.url.key.split('/').at(-1) ?? '');
}

/** Whether a place is written as a folder. */
export function endsAsFolder(place: Place): boolean {
  if (place.kind === 'local') return place.path.endsWith(sep) || place.path.endsWith('/');
  return place.url.key === '' || place.url.key.endsWith('/');
}
