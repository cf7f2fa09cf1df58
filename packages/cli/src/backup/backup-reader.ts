/** Reads backups: which there are, and what is in one, with every checksum compared. */
import {
  BackupDamaged,
  type BackupRow,
  type BlobEntry,
  type ChunkId,
  chunkIdOf,
  chunkName,
  decodeBlobEntries,
  decodeManifest,
  decodeRows,
  MANIFEST_PREFIX,
  type Manifest,
  manifestName,
} from './backup-format.js';
import type { BackupTarget } from './backup-target.js';

/** Chunks kept in memory: neighbours in a list of blobs share them. */
const CHUNK_COUNT_MAX = 4;

/** @returns Ids of the backups in a target, oldest first: they begin with the time. */
export async function listBackups(target: BackupTarget): Promise<string[]> {
  const ids: string[] = [];
  for await (const { name } of target.list(MANIFEST_PREFIX)) {
    const [, id] = /^backups\/(.+)\.json$/.exec(name) ?? [];
    if (id !== undefined) ids.push(id);
  }
  return ids.sort();
}

/** Reads one backup after the other from a target. */
export class BackupReader {
  readonly #target: BackupTarget;
  readonly #chunks = new Map<ChunkId, Uint8Array>();

  constructor(target: BackupTarget) {
    this.#target = target;
  }

  /** @throws {BackupDamaged} It is not there, or not what was written. */
  async manifest(backupId: string): Promise<Manifest> {
    const name = manifestName(backupId);
    const bytes = await this.#target.get(name);
    if (bytes === undefined) throw new BackupDamaged(`Cannot find "${name}" in ${this.#target.place}`);
    return decodeManifest(name, bytes);
  }

  /** All rows in the order of their keys. @throws {BackupDamaged} */
  async *rows({ rows }: Manifest, fromSegment = 0): AsyncGenerator<BackupRow> {
    for (const { chunk } of rows.slice(fromSegment)) yield* decodeRows(await this.chunk(chunk));
  }

  /** All blobs in the order of their ids. @throws {BackupDamaged} */
  async *blobs({ blobs }: Manifest): AsyncGenerator<BlobEntry> {
    for (const { chunk } of blobs) yield* decodeBlobEntries(await this.chunk(chunk));
  }

  /** The bytes of a blob. @throws {BackupDamaged} */
  async *blob({ pieces }: BlobEntry): AsyncGenerator<Uint8Array> {
    for (const { chunk, offset, length } of pieces) {
      const bytes = await this.chunk(chunk);
      if (offset + length > bytes.length) throw new BackupDamaged(`Cannot use "${chunkName(chunk)}": it is too short`);
      yield bytes.subarray(offset, offset + length);
    }
  }

  /** @throws {BackupDamaged} It is not there, or fails its checksum. */
  async chunk(id: ChunkId): Promise<Uint8Array> {
    const known = this.#chunks.get(id);
    if (known !== undefined) return known;
    const name = chunkName(id);
    const bytes = await this.#target.get(name);
    if (bytes === undefined) throw new BackupDamaged(`Cannot find "${name}" in ${this.#target.place}`);
    if (chunkIdOf(bytes) !== id)
      throw new BackupDamaged(`Cannot use "${name}" in ${this.#target.place}: it fails its checksum`);
    if (this.#chunks.size >= CHUNK_COUNT_MAX) this.#chunks.delete(this.#chunks.keys().next().value ?? '');
    this.#chunks.set(id, bytes);
    return bytes;
  }
}
