/**
 * Pages of the tree that were read and proven, by their number. What a number holds changes from transaction to transaction, so a page
 * is found only by the whole of its reference. Two generations: what was not used for as long as half of the bound takes to fill, goes.
 */
import { PAGE_LENGTH_BYTES, type PageReference } from './tree-format.js';

interface CachedPage {
  readonly page: Buffer;
  readonly crc: number;
  readonly birth: number;
}

/** Bounded memory for pages of one reader. */
export class PageCache {
  readonly #pageCountMax: number;
  #young = new Map<number, CachedPage>();
  #old = new Map<number, CachedPage>();

  /** @param lengthBytesMax Of all pages together. */
  constructor(lengthBytesMax: number) {
    this.#pageCountMax = Math.max(1, Math.floor(lengthBytesMax / PAGE_LENGTH_BYTES / 2));
  }

  find(reference: PageReference): Buffer | undefined {
    let cached = this.#young.get(reference.pageNumber);
    if (cached === undefined) {
      cached = this.#old.get(reference.pageNumber);
      if (cached === undefined) return undefined;
      if (isOf(cached, reference)) this.#keep(reference.pageNumber, cached);
    }
    return isOf(cached, reference) ? cached.page : undefined;
  }

  /** @param page Nobody writes into it any more. */
  keep({ pageNumber, crc, birth }: PageReference, page: Buffer): void {
    this.#keep(pageNumber, { page, crc, birth });
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }

  #keep(pageNumber: number, cached: CachedPage): void {
    if (this.#young.size >= this.#pageCountMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(pageNumber, cached);
  }
}

function isOf(cached: CachedPage, reference: PageReference): boolean {
  return cached.crc === reference.crc && cached.birth === reference.birth;
}
