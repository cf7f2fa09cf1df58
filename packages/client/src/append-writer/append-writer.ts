/**
 * A writer that never gives up: takes bytes, appends them in batches, each exactly once, and goes on after failures of
 * the network, the server and, with a spool, of its own process. Leaves out how one batch is proven
 * (`batch-sender.ts`), where waiting bytes are (`backlog.ts`), and what names of objects mean (`key-pattern.ts`).
 */
import type { Connection } from '../connection/connection.js';
import { AnnalsError } from '../error.js';
import { type AppendWriterOptions, type AppendWriterProgress, readSettings } from './append-writer-options.js';
import { Batcher } from './batcher.js';

/** Appends what is written to it. */
export interface AppendWriter {
  /**
   * Takes bytes or text (UTF-8); the bytes are copied. Calls keep their order, also when nobody waits for them.
   * Resolves when they are accepted: in memory, or on the disk of the spool. Waits while too much is waiting.
   * @throws {AnnalsError} What ended the writer.
   */
  write(chunk: Uint8Array | string): Promise<void>;
  /** Sends what is there without waiting for more. Resolves when everything written before is durable. */
  flush(): Promise<AppendWriterProgress>;
  /** Resolves when everything is durable; nothing can be written any more. */
  close(): Promise<AppendWriterProgress>;
  /** Ends at once. What waits in memory is lost; what is in a spool stays there. */
  abort(reason?: unknown): Promise<void>;
  /** Resolves when the writer knows what was accepted before: with a spool, `acceptedBytes` says where to go on. */
  readonly ready: Promise<AppendWriterProgress>;
  readonly progress: AppendWriterProgress;
  /** The same writer as a web stream. Closing it closes the writer. */
  readonly writable: WritableStream<Uint8Array | string>;
}

/**
 * Makes a writer; it looks for its object at once.
 * @param key A key, or a pattern with `{yyyy}`, `{MM}`, `{dd}`, `{HH}`, `{mm}` (UTC) and `{seq}`.
 * @throws {AnnalsError} `InvalidInput` for options that cannot be followed.
 */
export function appendWriter(
  connection: Connection,
  bucket: string,
  key: string,
  options: AppendWriterOptions = {},
): AppendWriter {
  const batcher = new Batcher(connection, readSettings(bucket, key, options));
  endWith(options.signal, batcher);
  let accepting: Promise<void> = Promise.resolve();
  let isClosing = false;
  const write = (chunk: Uint8Array | string): Promise<void> => {
    if (isClosing) return Promise.reject(closed(bucket, key));
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk);
    // Bytes are accepted in the order of the calls, so the last call is the last to be answered.
    accepting = handled(batcher.accept(bytes));
    return accepting;
  };
  const flush = (): Promise<AppendWriterProgress> => handled(accepting.then(() => batcher.flush()));
  const close = (): Promise<AppendWriterProgress> => {
    isClosing = true;
    return handled(accepting.then(() => batcher.close()));
  };
  const abort = (reason?: unknown): Promise<void> => {
    isClosing = true;
    return batcher.abort(reason);
  };
  return {
    write,
    flush,
    close,
    abort,
    ready: batcher.ready,
    get progress() {
      return batcher.progress;
    },
    writable: new WritableStream<Uint8Array | string>({
      write,
      close: async () => {
        await close();
      },
      abort,
    }),
  };
}

/** Ends a writer when a signal fires, for as long as the writer lives. */
function endWith(signal: AbortSignal | undefined, batcher: Batcher): void {
  if (signal === undefined) return;
  const end = (): void => void batcher.abort(signal.reason);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end);
  const forget = (): void => signal.removeEventListener('abort', end);
  batcher.ended.then(forget, forget);
}

/** A failure is told to those who wait; that nobody waits must not end a process. */
function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

function closed(bucket: string, key: string): AnnalsError {
  return new AnnalsError('InvalidInput', `Cannot write to oss://${bucket}/${key}: the writer is closed`, {
    outcome: 'not-applied',
  });
}
