// @ts-check
/** Lets a number of actions run at once; the others wait in the order in which they came. */

/** @typedef {<Result>(action: () => Promise<Result>) => Promise<Result>} TakeTurn */

/**
 * @param {number} countMax
 * @returns {TakeTurn}
 */
export function createTurns(countMax) {
  let free = countMax;
  /** @type {(() => void)[]} */
  const waiting = [];
  return async (action) => {
    if (free > 0) free -= 1;
    else await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    try {
      return await action();
    } finally {
      // A turn goes to the first that waits without becoming free in between.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
