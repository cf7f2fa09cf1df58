/** Paths of the simulated disk: absolute, with `/`. */
import { LRUCache } from 'lru-cache';

/** Paths are few and looked up often. */
const partsOfPath = new LRUCache<string, readonly string[]>({ max: 20_000 });

/** Divides a path into the names of which it consists. */
export function partsOf(path: string): readonly string[] {
  let parts = partsOfPath.get(path);
  if (parts === undefined) {
    parts = path.split('/').filter((part) => part !== '');
    partsOfPath.set(path, parts);
  }
  return parts;
}

/** Divides a path into that of its directory and the name there. */
export function locate(path: string): { readonly directory: string; readonly name: string } {
  const parts = partsOf(path);
  return { directory: parts.slice(0, -1).join('/'), name: parts.at(-1) ?? '' };
}
