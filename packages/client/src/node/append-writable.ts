/** An append writer as a stream of Node, for `pipeline` and everything else that writes to one. */
import { Writable } from 'node:stream';
import type { AppendWriter } from '../append-writer/append-writer.js';

/**
 * Makes a stream over a writer. A write calls back when its bytes are accepted, `finish` comes when everything is
 * durable, and destroying the stream ends the writer at once.
 */
export function appendWritable(writer: AppendWriter): Writable {
  const settle = (done: Promise<unknown>, callback: (error?: Error | null) => void): void => {
    done.then(
      () => callback(),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  };
  return new Writable({
    write: (chunk: Uint8Array, _encoding, callback) => settle(writer.write(chunk), callback),
    // Chunks that came together are accepted together: with a spool, by one write and one sync.
    writev: (chunks, callback) => settle(Promise.all(chunks.map(({ chunk }) => writer.write(chunk))), callback),
    final: (callback) => settle(writer.close(), callback),
    destroy: (error, callback) => settle(writer.abort(error), () => callback(error)),
  });
}
