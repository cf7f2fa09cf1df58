/** The streams that programs hand over, each as one that can be iterated. Leaves out what is done with them. */

/** A stream of bytes: of Node, of the web, or made by a program. */
export type ByteStream = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/**
 * @returns The same stream, to be iterated once. A stream of the web is read by its reader where the browser cannot
 * iterate it (Safari); leaving the loop early cancels it.
 */
export function chunksOf(stream: ByteStream): AsyncIterable<Uint8Array> {
  if (Symbol.asyncIterator in stream) return stream;
  return {
    [Symbol.asyncIterator]() {
      const reader = (stream as ReadableStream<Uint8Array>).getReader();
      return {
        async next() {
          const { done, value } = await reader.read();
          return done ? { done: true, value: undefined } : { done: false, value };
        },
        async return() {
          await reader.cancel();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Whether a value is a stream of bytes, as far as can be told without reading it. */
export function isByteStream(value: unknown): value is ByteStream {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || 'getReader' in value);
}
