/**
 * How far the rows of a folder have come, for other processes to look at: a file of 16 bytes that the owner overwrites
 * before anybody learns of a commit. Reading it costs a microsecond, from the page cache; it is never synced, because
 * it means nothing once the owner is gone. The file of an owner before is emptied and not replaced, so that a process
 * that still looks at it sees another life.
 */
import { EngineFailure } from '../../../contract/engine-failure.js';
import type { BlockingFile } from '../../../file-system/file-system.js';
import { nodeBlockingFileSystem } from '../../../file-system/node-blocking-file-system.js';

const LENGTH_BYTES = 16;

/** The owner's end. */
export class SequencePublisher {
  readonly #file: BlockingFile;
  readonly #bytes = Buffer.alloc(LENGTH_BYTES);

  /** @param lifeId A number that no owner before has had. */
  constructor(path: string, lifeId: number) {
    this.#file = nodeBlockingFileSystem.createFile(path);
    this.#bytes.writeDoubleLE(lifeId, 0);
    this.publish(0);
  }

  publish(sequence: number): void {
    this.#bytes.writeDoubleLE(sequence, 8);
    this.#file.write(this.#bytes, 0);
  }

  close(): void {
    this.#file.close();
  }
}

/** The end of a process that mirrors the rows. */
export class SequenceReader {
  readonly #file: BlockingFile;
  readonly #lifeId: number;
  readonly #bytes = Buffer.alloc(LENGTH_BYTES);

  constructor(path: string, lifeId: number) {
    this.#file = nodeBlockingFileSystem.openFile(path);
    this.#lifeId = lifeId;
  }

  /**
   * @returns The newest sequence that anybody may know of.
   * @throws {EngineFailure} `unavailable`, `closed`: another process owns the folder by now.
   */
  read(): number {
    const lengthBytes = this.#file.read(this.#bytes, 0);
    if (lengthBytes < LENGTH_BYTES || this.#bytes.readDoubleLE(0) !== this.#lifeId) {
      throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
    }
    return this.#bytes.readDoubleLE(8);
  }

  close(): void {
    this.#file.close();
  }
}
