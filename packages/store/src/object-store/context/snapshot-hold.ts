/**
 * Keeps the contents of one moment alive for a reader of their blobs, without a row of its own and in little memory.
 * While it is being filled it holds everything; afterwards it holds what was added, by Bloom filters: it may hold a few
 * contents too many, never one too few. Leaves out its reader: `content-pins.ts`.
 */
import type { ContentId } from '../../vocabulary/encryption.js';

/** Bits of one filter: 1 MiB. */
const FILTER_BITS = 23;
const FILTER_LENGTH_BYTES = 2 ** FILTER_BITS / 8;
/** At 5 bits for each content one in 400 others is taken for one that was added. */
const CONTENT_COUNT_MAX = 500_000;
const HEX_DIGITS_PER_BIT_NUMBER = 6;
const BIT_NUMBER_COUNT = 5;

/** A set of contents that must stay. */
export class SnapshotHold {
  /** `undefined`: everything is held. */
  #filters: Uint8Array[] | undefined;
  readonly #filling: Uint8Array[] = [];
  #lastCount = CONTENT_COUNT_MAX;

  /** To be called for each content whose blobs will be read, before {@link narrow}. */
  add(contentId: ContentId): void {
    if (this.#lastCount === CONTENT_COUNT_MAX) {
      this.#filling.push(new Uint8Array(FILTER_LENGTH_BYTES));
      this.#lastCount = 0;
    }
    this.#lastCount += 1;
    const filter = this.#filling.at(-1);
    if (filter === undefined) return;
    for (const bit of bitNumbers(contentId)) filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }

  /** From now on only what was added is held. */
  narrow(): void {
    this.#filters = this.#filling;
  }

  holds(contentId: ContentId): boolean {
    if (this.#filters === undefined) return true;
    const bits = bitNumbers(contentId);
    return this.#filters.some((filter) => bits.every((bit) => ((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0));
  }
}

/** Ids are random, so their digits are as good as hashes. */
function bitNumbers(contentId: ContentId): number[] {
  return Array.from({ length: BIT_NUMBER_COUNT }, (_, index) => {
    const digits = contentId.slice(index * HEX_DIGITS_PER_BIT_NUMBER, (index + 1) * HEX_DIGITS_PER_BIT_NUMBER);
    return Number.parseInt(digits, 16) & (2 ** FILTER_BITS - 1);
  });
}
