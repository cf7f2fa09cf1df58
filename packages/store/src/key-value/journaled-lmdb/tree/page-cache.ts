/**
 * Pages of the tree that were read and proven, by their number. What a number holds changes from transaction to
 * transaction, so a page is found only by the whole of its reference. The least recently used go first.
 */
import { LRUCache } from 'lru-cache';
import { PAGE_LENGTH_BYTES, type PageReference } from './tree-format.js';

interface CachedPage {
  readonly page: Buffer;
  readonly crc: number;
  readonly birth: number;
}

/** Bounded memory for pages of one reader. */
export class PageCache {
  readonly #pages: LRUCache<number, CachedPage>;

  /** @param lengthBytesMax Of all pages together; one page is kept at least. */
  constructor(lengthBytesMax: number) {
    // Bounded by size, not by count: room for a count is taken at once, and most stores that are opened stay small.
    const maxSize = Math.max(PAGE_LENGTH_BYTES, lengthBytesMax);
    this.#pages = new LRUCache({ maxSize, sizeCalculation: () => PAGE_LENGTH_BYTES });
  }

  find(reference: PageReference): Buffer | undefined {
    const cached = this.#pages.get(reference.pageNumber);
    return cached !== undefined && isOf(cached, reference) ? cached.page : undefined;
  }

  /** @param page Nobody writes into it any more. */
  keep({ pageNumber, crc, birth }: PageReference, page: Buffer): void {
    this.#pages.set(pageNumber, { page, crc, birth });
  }

  clear(): void {
    this.#pages.clear();
  }
}

function isOf(cached: CachedPage, reference: PageReference): boolean {
  return cached.crc === reference.crc && cached.birth === reference.birth;
}
