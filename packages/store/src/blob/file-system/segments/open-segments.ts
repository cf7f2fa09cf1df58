/**
 * Keeps the segments that were read last open, so that reading a short blob costs one read and no opening. A file is
 * closed when neither this nor a reader needs it.
 */
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { FileSystem, OpenFile } from '../../../file-system/file-system.js';
import type { SegmentId } from './segment-format.js';

const OPEN_COUNT_MAX = 64;

/** A file with its users. */
class SharedFile {
  readonly file: Promise<OpenFile>;
  readonly #onClosing: (closing: Promise<void>) => void;
  #userCount = 0;
  #isRetired = false;

  constructor(file: Promise<OpenFile>, onClosing: (closing: Promise<void>) => void) {
    this.file = file;
    this.#onClosing = onClosing;
  }

  enter(): void {
    this.#userCount += 1;
  }

  leave(): void {
    this.#userCount -= 1;
    this.#closeIfUnused();
  }

  retire(): void {
    this.#isRetired = true;
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (!this.#isRetired || this.#userCount > 0) return;
    this.#onClosing(this.file.then((file) => file.close()).catch(() => undefined));
  }
}

/** Files of segments, open for reading. */
export class OpenSegments {
  readonly #directory: string;
  readonly #fileSystem: FileSystem;
  readonly #files: LRUCache<SegmentId, SharedFile>;
  readonly #closings = new Set<Promise<void>>();

  constructor(directory: string, fileSystem: FileSystem) {
    this.#directory = directory;
    this.#fileSystem = fileSystem;
    this.#files = new LRUCache<SegmentId, SharedFile>({ max: OPEN_COUNT_MAX, dispose: (shared) => shared.retire() });
  }

  /**
   * Opens the segment, or takes the file that is open.
   * @returns The file, and what to call when it is not needed any more.
   * @throws {Error} `ENOENT`
   */
  async use(segmentId: SegmentId): Promise<{ readonly file: OpenFile; readonly leave: () => void }> {
    let shared = this.#files.get(segmentId);
    if (shared === undefined) {
      const opening = this.#fileSystem.openFile(join(this.#directory, segmentId));
      shared = new SharedFile(opening, (closing) => this.#await(closing));
      this.#files.set(segmentId, shared);
    }
    const used = shared;
    used.enter();
    try {
      return { file: await used.file, leave: () => used.leave() };
    } catch (error) {
      used.leave();
      // The next reader tries again.
      if (this.#files.peek(segmentId) === used) this.#files.delete(segmentId);
      throw error;
    }
  }

  /** Nobody reads a segment from now on. */
  forget(segmentId: SegmentId): void {
    this.#files.delete(segmentId);
  }

  /** Resolves when every file that no reader has is closed. */
  async close(): Promise<void> {
    this.#files.clear();
    while (this.#closings.size > 0) await Promise.all(this.#closings);
  }

  #await(closing: Promise<void>): void {
    this.#closings.add(closing);
    void closing.then(() => this.#closings.delete(closing));
  }
}
