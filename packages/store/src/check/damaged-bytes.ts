/**
 * Remembers which bytes of which contents are damaged, so that the objects that are hit can be named. Bounded: then
 * names are missing, and this says so.
 */
import type { ContentId } from '../vocabulary/encryption.js';

/** Bytes `start <= offset < end`. */
export interface DamagedRange {
  readonly start: number;
  readonly end: number;
}

const RANGE_COUNT_MAX = 100_000;

/** Damaged bytes by content. */
export class DamagedBytes {
  readonly #ranges = new Map<ContentId, DamagedRange[]>();
  #count = 0;
  #isComplete = true;

  /** Nothing was left out. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  add(contentId: ContentId, start: number, end: number): void {
    const ranges = this.#ranges.get(contentId) ?? [];
    const last = ranges.at(-1);
    if (last !== undefined && last.end >= start && last.start <= start) {
      ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, end) };
      return;
    }
    if (this.#count === RANGE_COUNT_MAX) {
      this.#isComplete = false;
      return;
    }
    ranges.push({ start, end });
    this.#ranges.set(contentId, ranges);
    this.#count += 1;
  }

  /** @returns The damaged bytes of the content within the range, in its own offsets. */
  within(contentId: ContentId, start: number, end: number): readonly DamagedRange[] {
    return (this.#ranges.get(contentId) ?? [])
      .filter((range) => range.start < end && range.end > start)
      .map((range) => ({ start: Math.max(start, range.start), end: Math.min(end, range.end) }));
  }
}
