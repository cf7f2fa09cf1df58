/** Works on several things at a time, in order, and stops all of them when one fails. */

/**
 * Takes items one by one while there is room, and works on each.
 * @param items Asked for the next one only when it can be worked on.
 * @param count How many at a time, 1 or more.
 * @param callerSignal Stops the work, like a failure.
 * @param work Gets a signal that fires when the whole is to stop.
 * @throws What failed first, after everything that was under way has ended.
 */
export async function inParallel<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  count: number,
  callerSignal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  // One for each item that is under way: many listeners on one signal look like a leak to Node.
  const controllers = Array.from({ length: count }, () => new AbortController());
  const stop = (): void => {
    for (const controller of controllers) controller.abort(callerSignal?.reason);
  };
  if (callerSignal?.aborted === true) stop();
  else callerSignal?.addEventListener('abort', stop);
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const failures: unknown[] = [];
  let isExhausted = false;
  const runOne = async ({ signal }: AbortController): Promise<void> => {
    try {
      while (!isExhausted && failures.length === 0) {
        const next = await iterator.next();
        if (next.done === true) isExhausted = true;
        else if (failures.length === 0) await work(next.value, signal);
      }
    } catch (error) {
      failures.push(error);
      stop();
    }
  };
  try {
    await Promise.all(controllers.map(runOne));
  } finally {
    callerSignal?.removeEventListener('abort', stop);
  }
  if (failures.length === 0) return;
  if (!isExhausted) await iterator.return?.();
  throw failures[0];
}
