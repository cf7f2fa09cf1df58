// @ts-check
/** What was started and not ended yet: a case that fails in the middle leaves no server behind. */

/** @type {Set<() => Promise<void>>} */
const stops = new Set();

/**
 * @param {() => Promise<void>} stop
 * @returns {() => Promise<void>} Stops it, and forgets it.
 */
export function remember(stop) {
  const stopOnce = async () => {
    stops.delete(stopOnce);
    await stop();
  };
  stops.add(stopOnce);
  return stopOnce;
}

/** Ends everything that still runs. */
export async function stopWhatIsLeft() {
  for (const stop of [...stops].reverse()) await stop();
}
