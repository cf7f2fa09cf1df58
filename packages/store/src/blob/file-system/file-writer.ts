/**
 * Appends chunks to a file in large writes. Many small chunks are gathered in a buffer, which is written while the next
 * one fills; large ones go to the kernel as they are. Memory: two buffers at most.
 */
import type { OpenFile } from '../../file-system/file-system.js';
import { writeChunks } from './write-chunks.js';

/**
 * Large enough that the cost of a call is small beside the cost of its bytes, small enough for hundreds of uploads at
 * once.
 */
const GATHER_LENGTH_BYTES = 512 * 1024;

/** From here on copying costs more than the call it saves. */
const DIRECT_LENGTH_BYTES = 256 * 1024;

/**
 * Writes one new file from its beginning to its end. It syncs nothing and does not close the file: that is its
 * caller’s.
 */
export class FileWriter {
  readonly #file: OpenFile;
  #positionBytes = 0;
  #gathered: Buffer | undefined;
  #gatheredLength = 0;
  /** The buffer of the write under way, free again afterwards. */
  #spare: Buffer | undefined;
  #underWay: Promise<void> | undefined;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /**
   * Resolves when the bytes have been taken over: written or copied. One call at a time. @throws What the file system
   * threw, maybe for an earlier call.
   */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    let lengthBytes = 0;
    for (const chunk of chunks) lengthBytes += chunk.length;
    if (lengthBytes >= DIRECT_LENGTH_BYTES) {
      await this.flush();
      await this.#writeAll(chunks);
      return;
    }
    for (const chunk of chunks) {
      for (let taken = 0; taken < chunk.length; ) {
        this.#gathered ??= this.#takeBuffer();
        const part = chunk.subarray(taken, taken + GATHER_LENGTH_BYTES - this.#gatheredLength);
        this.#gathered.set(part, this.#gatheredLength);
        this.#gatheredLength += part.length;
        taken += part.length;
        if (this.#gatheredLength === GATHER_LENGTH_BYTES) await this.#startWrite();
      }
    }
  }

  /** Resolves when the kernel has all bytes. */
  async flush(): Promise<void> {
    if (this.#gatheredLength > 0) await this.#startWrite();
    await this.#underWay;
  }

  /** Waits until nothing is being written any more, whatever came of it. */
  async settle(): Promise<void> {
    await this.#underWay?.catch(() => undefined);
  }

  /** Waits for the write under way, then starts the next and does not wait for it. */
  async #startWrite(): Promise<void> {
    await this.#underWay;
    const buffer = this.#gathered as Buffer;
    const bytes = buffer.subarray(0, this.#gatheredLength);
    this.#gathered = undefined;
    this.#gatheredLength = 0;
    const underWay = this.#writeAll([bytes]).then(() => {
      this.#spare = buffer;
    });
    this.#underWay = underWay;
    // The next call sees the failure; until then it must not count as unhandled.
    underWay.catch(() => undefined);
  }

  #takeBuffer(): Buffer {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare ?? Buffer.allocUnsafeSlow(GATHER_LENGTH_BYTES);
  }

  async #writeAll(chunks: readonly Uint8Array[]): Promise<void> {
    this.#positionBytes = await writeChunks(this.#file, chunks, this.#positionBytes);
  }
}
