/**
 * A data folder with one of everything, as a server left it that was killed; what is asked of it; and a copy that is
 * damaged and made whole again.
 */
import { copyFile, cp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account, AccountRequest } from '../../access-control/account.js';
import { filesIn } from './damage.js';

export const BUCKET = 'flipped';
/**
 * Of the commit before the kill: a bit in its frame of the journal looks as if it had never been acknowledged
 * (docs/engines.md).
 */
export const LAST_BUCKET = 'last';
const BLOB_COUNT = 50;
/** Every so many blobs one is long enough for a file of its own; the others share one. */
const LONG_BLOB_EVERY = 5;
/** Blobs with files of their own. */
export const LONG_BLOB_COUNT = BLOB_COUNT / LONG_BLOB_EVERY;
const SMALL_COUNT = 40;

/** Writes everything through a server. */
export async function fill(account: Account): Promise<void> {
  const send = async (request: AccountRequest): Promise<void> => {
    const answer = await account.send({ bucket: BUCKET, ...request }, account.root);
    if (answer.status >= 300) throw new Error(`${request.key}: ${answer.status} ${answer.body.toString()}`);
  };
  const secret = { 'x-oss-server-side-encryption': 'AES256' };
  for (let index = 0; index < BLOB_COUNT; index += 1) {
    const isLong = index % LONG_BLOB_EVERY === 0;
    const body = Buffer.alloc((isLong ? 1_100_000 : 280_000) + index, `<blob ${index}>`);
    const isSecret = index % 10 === 5 || index % 10 === 9;
    await send({ method: 'PUT', key: `blob/${index}`, body, ...(isSecret && { headers: secret }) });
  }
  for (let index = 0; index < SMALL_COUNT; index += 1) {
    const headers = { 'x-oss-meta-number': String(index), 'x-oss-tagging': `n=${index}` };
    await send({ method: 'PUT', key: `small/${index}`, body: `small ${index} `.repeat(1 + index * 9), headers });
  }
  for (let index = 0; index < 20; index += 1) {
    const query = { append: '', position: String(index * 10) };
    await send({ method: 'POST', key: 'log', query, body: `line ${String(index).padStart(4)}\n` });
  }
  await send({ method: 'PUT', key: 'secret', body: 'a secret', headers: secret });
  await send({ method: 'PUT', key: 'link', query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'small/1' } });
  const versioning = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
  await send({ method: 'PUT', query: { versioning: '' }, body: versioning });
  for (const body of ['one', 'two', 'three']) await send({ method: 'PUT', key: 'several', body });
  await send({ method: 'PUT', key: 'gone', body: 'gone' });
  await send({ method: 'DELETE', key: 'gone' });
  await send({ method: 'PUT', bucket: LAST_BUCKET, key: 'last', body: 'last' });
}

/** @returns Reads of everything. */
export function requests(): readonly AccountRequest[] {
  const get = (key: string, query: Record<string, string> = {}) => ({ method: 'GET', bucket: BUCKET, key, query });
  const keys = [
    ...Array.from({ length: BLOB_COUNT }, (_, index) => `blob/${index}`),
    ...Array.from({ length: SMALL_COUNT }, (_, index) => `small/${index}`),
    ...['log', 'secret', 'link', 'several', 'gone'],
  ];
  return [
    ...keys.map((key) => get(key)),
    { ...get('blob/7'), headers: { range: 'bytes=262100-262200' } },
    { method: 'HEAD', bucket: BUCKET, key: 'log' },
    get('small/3', { tagging: '' }),
    { method: 'GET', bucket: BUCKET },
    { method: 'GET', bucket: BUCKET, query: { 'list-type': '2', delimiter: '/' } },
    { method: 'GET', bucket: BUCKET, query: { versions: '' } },
    { method: 'GET', bucket: BUCKET, query: { versioning: '' } },
    { method: 'GET', bucket: LAST_BUCKET, key: 'last' },
  ];
}

/** A copy of a folder that can be made whole again for the cost of what was changed in it. */
export class FolderCopy {
  readonly #original: string;
  readonly path: string;
  /** Of each file, what tells whether it was changed since it was copied. */
  readonly #copied = new Map<string, string>();

  private constructor(original: string, path: string) {
    this.#original = original;
    this.path = path;
  }

  static async of(original: string, path: string): Promise<FolderCopy> {
    await cp(original, path, { recursive: true });
    const copy = new FolderCopy(original, path);
    for (const name of await filesIn(path)) copy.#copied.set(name, await copy.#mark(name));
    return copy;
  }

  /** Afterwards each file is as in the original, and there are no others. */
  async restore(): Promise<void> {
    const there = new Set(await filesIn(this.path));
    for (const name of there) if (!this.#copied.has(name)) await rm(join(this.path, name));
    for (const [name, mark] of this.#copied) {
      if (there.has(name) && (await this.#mark(name)) === mark) continue;
      await copyFile(join(this.#original, name), join(this.path, name));
      this.#copied.set(name, await this.#mark(name));
    }
  }

  async #mark(name: string): Promise<string> {
    const { size, mtimeNs, ctimeNs, ino } = await stat(join(this.path, name), { bigint: true });
    return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
  }
}
