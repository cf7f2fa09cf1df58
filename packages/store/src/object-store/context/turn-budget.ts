/**
 * Keeps long work from blocking the event loop: code that goes through many items asks after each whether it is time to
 * let others run. The budget counts items, not time, so that the work of a turn is known and can be tested. An `await`
 * alone is no pause: what an engine answers at once goes on in the same turn.
 */

/** Items between two pauses where an item is a row read and decoded: a few milliseconds. */
export const TURN_ITEM_COUNT_MAX = 256;

/** @returns A promise that resolves in a later turn of the event loop, behind whatever waits already. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The items that one piece of long work may still do in this turn. */
export class TurnBudget {
  readonly #itemCountMax: number;
  #left: number;

  /** @param itemCountMax Items of a turn. */
  constructor(itemCountMax: number = TURN_ITEM_COUNT_MAX) {
    this.#itemCountMax = itemCountMax;
    this.#left = itemCountMax;
  }

  /** @returns What to wait for when the turn is used up, and nothing otherwise: most items then cost no promise. */
  spend(itemCount = 1): Promise<void> | undefined {
    this.#left -= itemCount;
    if (this.#left > 0) return undefined;
    this.#left = this.#itemCountMax;
    return nextTurn();
  }
}
