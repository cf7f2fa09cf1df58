/**
 * Keeps heavy work of many requests out of one turn of the event loop: reading a long document, or writing a long
 * answer, takes some milliseconds, and forty requests that come at once would hold all others for forty times as long.
 * Each such work waits for a turn of its own, in order of arrival; the server answers short requests in between. One
 * for the process, as the event loop is.
 */

const waiting: (() => void)[] = [];
let isScheduled = false;

/**
 * @returns Resolves when this piece of heavy work is the only one of its turn. It must not wait for anything before it
 * ends.
 */
export function heavyTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    schedule();
  });
}

function schedule(): void {
  if (isScheduled || waiting.length === 0) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    waiting.shift()?.();
    schedule();
  });
}
