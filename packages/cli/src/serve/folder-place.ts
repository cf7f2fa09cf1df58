/**
 * The folder of large bodies where metadata lies elsewhere: it bears the mark of its store, so that no gateway serves
 * the metadata of one store with the bodies of another. Leaves out the bodies.
 */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobPlace, EngineFailure } from '@annals/store';
import { z } from 'zod';
import { systemErrorCode } from '../command-failure.js';

const markSchema = z.object({ name: z.literal('annals-blobs'), version: z.literal(1), storeId: z.string() });

/** The folder `blobs` of a data folder. */
export class FolderPlace implements BlobPlace {
  readonly name: string;
  readonly #path: string;

  /** @param folder Data folder, locked by this process. */
  constructor(folder: string) {
    this.name = join(folder, 'blobs');
    this.#path = join(folder, 'blobs-of.json');
  }

  async readStoreId(): Promise<string | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw new EngineFailure({ kind: 'unavailable', because: 'input-output' }, error);
    }
    try {
      return markSchema.parse(JSON.parse(text)).storeId;
    } catch {
      throw corrupt(`${this.#path} is not the mark of a store`);
    }
  }

  async claim(storeId: string): Promise<string> {
    const found = await this.readStoreId();
    if (found !== undefined) return found;
    const entries = await readdir(this.name, { recursive: true, withFileTypes: true });
    if (entries.some((entry) => entry.isFile())) {
      throw corrupt(`${this.name} holds blobs, and does not say of which store`);
    }
    const file = await open(this.#path, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ name: 'annals-blobs', version: 1, storeId })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return storeId;
  }
}

function corrupt(detail: string): EngineFailure {
  return new EngineFailure({ kind: 'corrupt', detail });
}
