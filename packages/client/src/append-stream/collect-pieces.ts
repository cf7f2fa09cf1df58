/**
 * Cuts a stream of bytes into pieces worth a call each: full ones at once, started ones when they have waited long
 * enough. Leaves out sending them (`append-stream.ts`).
 */
import { joinBytes } from '../read-all.js';

/** When a piece is worth sending. */
export interface PieceOptions {
  /** Bytes of a full piece; > 0. */
  readonly chunkBytes: number;
  /** How long a started piece waits for more bytes; 0 waits for nothing that is not there already. */
  readonly flushIntervalMs: number;
}

/**
 * Yields the bytes of `source` in order, in pieces of 1 to `chunkBytes` bytes. While the receiver works on a piece at
 * most one chunk of the source is read ahead, so a slow receiver slows the source down.
 * @throws Whatever the source throws, after everything it gave before has been yielded.
 */
export async function* collectPieces(
  source: AsyncIterable<Uint8Array>,
  options: PieceOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { chunkBytes, flushIntervalMs } = options;
  const iterator = source[Symbol.asyncIterator]();
  const readNext = (): Promise<Arrival> =>
    iterator.next().then(
      (result): Arrival => (result.done === true ? { kind: 'end' } : { kind: 'bytes', bytes: result.value }),
      (error: unknown): Arrival => ({ kind: 'failure', error }),
    );
  const collected: Uint8Array[] = [];
  let collectedLength = 0;
  let arriving = readNext();
  let isExhausted = false;
  try {
    for (;;) {
      const deadline = collectedLength === 0 ? undefined : startDeadline(flushIntervalMs);
      let arrival: Arrival;
      do {
        arrival = await (deadline === undefined ? arriving : Promise.race([arriving, deadline.passed]));
        if (arrival.kind === 'bytes') {
          collected.push(arrival.bytes);
          collectedLength += arrival.bytes.length;
          arriving = readNext();
        }
      } while (arrival.kind === 'bytes' && deadline !== undefined && collectedLength < chunkBytes);
      deadline?.stop();
      if (arrival.kind === 'bytes' && collectedLength < chunkBytes) continue;
      isExhausted = arrival.kind === 'end' || arrival.kind === 'failure';
      const bytes = collected.length === 1 && collected[0] !== undefined ? collected[0] : joinBytes(collected);
      collected.length = 0;
      let offset = 0;
      // A remainder waits for more bytes, unless the wait is over or nothing more will come.
      while (bytes.length - offset >= chunkBytes || (arrival.kind !== 'bytes' && offset < bytes.length)) {
        yield bytes.subarray(offset, offset + chunkBytes);
        offset += Math.min(chunkBytes, bytes.length - offset);
      }
      if (offset < bytes.length) collected.push(bytes.subarray(offset));
      collectedLength = bytes.length - offset;
      if (arrival.kind === 'failure') throw arrival.error;
      if (arrival.kind === 'end') return;
    }
  } finally {
    // The receiver left early: let the source clean up, without waiting for a chunk that may never come.
    if (!isExhausted) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

type Arrival =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'failure'; readonly error: unknown }
  | { readonly kind: 'deadline' };

function startDeadline(waitMs: number): { readonly passed: Promise<Arrival>; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<Arrival>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'deadline' }), waitMs);
  });
  return { passed, stop: () => clearTimeout(timer) };
}
