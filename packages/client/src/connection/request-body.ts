/**
 * The bodies a caller may send and what is learned while they pass: their length and CRC-64.
 * Leaves out sending (`connection.ts`).
 */
import { Crc64, crc64 } from '@annals/checksum';
import { type ByteStream, chunksOf } from '../byte-stream.js';
import { AnnalsError } from '../error.js';
import type { ProgressWatch } from './progress-watch.js';

/** Bytes in memory, text sent as UTF-8, or a stream; one whose length is not given travels chunked. */
export type UploadBody = Uint8Array | string | { readonly stream: ByteStream /** Bytes. */; readonly length?: number };

/** Whether a body can be sent a second time. */
export function isRepeatable(body: UploadBody | undefined): boolean {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array;
}

/** A body ready to be sent once. */
export class OutgoingBody {
  /** Bytes, when known. */
  readonly length: number | undefined;
  /** For `fetch`. */
  readonly payload: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** What the caller's stream threw. */
  sourceFailure: { readonly error: unknown } | undefined;
  /** Bytes taken from the source so far. */
  takenLength = 0;
  readonly #checksum: Crc64 | undefined;
  readonly #bytesCrc64: bigint = 0n;

  readonly #watch: ProgressWatch | undefined;

  /**
   * @param watch Is told when the source is waited for, and when the server.
   * @throws {AnnalsError} `InvalidInput`: the stated length is no whole number.
   */
  constructor(body: UploadBody, watch?: ProgressWatch) {
    this.#watch = watch;
    if (typeof body === 'string' || body instanceof Uint8Array) {
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
      this.length = bytes.length;
      // `fetch` types demand a buffer that is not shared; bytes in a shared one could change under way, so they are
      // copied.
      this.payload = isUnshared(bytes) ? bytes : new Uint8Array(bytes);
      this.takenLength = bytes.length;
      this.#bytesCrc64 = crc64(this.payload);
    } else {
      if (body.length !== undefined && (!Number.isSafeInteger(body.length) || body.length < 0)) {
        throw new AnnalsError('InvalidInput', `Cannot send a body of ${body.length} bytes: expected a whole number`, {
          outcome: 'not-applied',
        });
      }
      this.length = body.length;
      this.#checksum = new Crc64();
      this.payload = this.#observe(chunksOf(body.stream));
    }
  }

  /** CRC-64 of the bytes taken so far; of the whole body once the call has succeeded. */
  crc64(): bigint {
    return this.#checksum?.digest() ?? this.#bytesCrc64;
  }

  #observe(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]();
    const fail = (controller: ReadableStreamDefaultController, error: unknown): void => {
      this.sourceFailure = { error };
      controller.error(error);
    };
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            // Empty chunks carry nothing, and one sent as it is would end a chunked body.
            this.#watch?.stop();
            let next = await iterator.next();
            while (next.done !== true && next.value.length === 0) next = await iterator.next();
            this.#watch?.start();
            if (next.done === true) {
              if (this.length !== undefined && this.takenLength < this.length) {
                throw new RangeError(`The body ended after ${this.takenLength} of ${this.length} bytes`);
              }
              controller.close();
              return;
            }
            const { value } = next;
            if (this.length !== undefined && this.takenLength + value.length > this.length) {
              throw new RangeError(`The body is longer than its announced ${this.length} bytes`);
            }
            this.takenLength += value.length;
            this.#checksum?.update(value);
            controller.enqueue(value);
          } catch (error) {
            fail(controller, error);
          }
        },
        cancel: async () => {
          await iterator.return?.();
        },
      },
      // The source is asked for a chunk only when the socket wants one.
      { highWaterMark: 0 },
    );
  }
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}
