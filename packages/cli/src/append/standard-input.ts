/** Standard input as a source. Leaves out what happens to its bytes. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SourceChunk } from './source-chunk.js';

/**
 * Ctrl-C in a pipeline reaches every process in it: the one that writes to us ends and closes the pipe, and what it
 * wrote until then is still to come. One that goes on writing is cut off after this time.
 */
const LAST_WORDS_MS = 1000;

/**
 * Reads standard input until its end. Once asked to stop it reads what still comes within a second; from a terminal,
 * nothing more.
 */
export async function* readStandardInput(stop: AbortSignal): AsyncGenerator<SourceChunk, void, void> {
  const input = process.stdin;
  const over = new AbortController();
  const onStop = (): void => {
    if (input.isTTY) over.abort();
    else void wait(LAST_WORDS_MS, undefined, { ref: false }).then(() => over.abort());
  };
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });
  const chunks = input[Symbol.asyncIterator]();
  const ended = new Promise<undefined>((resolve) => over.signal.addEventListener('abort', () => resolve(undefined)));
  for (;;) {
    const next = await Promise.race([chunks.next(), ended]);
    if (next === undefined || next.done === true) return;
    yield { kind: 'bytes', bytes: next.value };
  }
}
