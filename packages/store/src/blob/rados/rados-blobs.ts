/**
 * Blobs in a pool: looking at one, taking it away, and what is left of those that were never finished. Leaves out
 * writing and reading them.
 */
import { LRUCache } from 'lru-cache';
import type { BlobId, BlobInfo } from '../../contract/blob-store.js';
import {
  BLOB_ATTRIBUTE,
  type BlobLayout,
  decodeLayout,
  parseStripeName,
  stripeCount,
  stripeName,
} from './rados-blob-layout.js';
import type { RadosPool } from './rados-pool.js';

/** Objects that are looked at or removed at once; more than the stripes of one writer under way. */
const BATCH_COUNT = 8;
/** Blobs that a listing knows to have a head, so that it does not ask again for each of their stripes. */
const KNOWN_COUNT = 100_000;

/** @returns `unfinished`: there is a head, and no blob. */
export async function lookAtBlob(pool: RadosPool, blobId: BlobId): Promise<BlobLayout | 'unfinished' | undefined> {
  const attribute = await pool.readAttribute(stripeName(blobId, 0), BLOB_ATTRIBUTE);
  if (attribute === undefined) return undefined;
  return attribute === null ? 'unfinished' : decodeLayout(blobId, attribute);
}

/** Makes a blob a leftover, in one step. One that is not there is no error. */
export async function unfinishBlob(pool: RadosPool, blobId: BlobId): Promise<void> {
  await pool.write(stripeName(blobId, 0), { expects: 'object', removedAttribute: BLOB_ATTRIBUTE });
}

/**
 * Removes a blob, or what is left of one: the head last, so that what breaks off is found again.
 * @param strays Numbers of stripes that may be there besides.
 */
export async function removeBlob(pool: RadosPool, blobId: BlobId, strays: readonly number[] = []): Promise<void> {
  const found = await pool.readAttribute(stripeName(blobId, 0), BLOB_ATTRIBUTE);
  const layout = found === undefined || found === null ? undefined : tryDecode(blobId, found);
  if (layout === undefined) {
    // How many stripes there are is not known. A gap is no longer than what was under way.
    for (let first = 1, removed = 1; removed > 0; first += BATCH_COUNT) {
      removed = await removeStripes(pool, blobId, range(first, first + BATCH_COUNT));
    }
  } else {
    const count = stripeCount(layout);
    if (count > 1) await unfinishBlob(pool, blobId);
    for (let first = 1; first < count; first += BATCH_COUNT) {
      await removeStripes(pool, blobId, range(first, Math.min(count, first + BATCH_COUNT)));
    }
  }
  await removeStripes(pool, blobId, strays);
  await pool.remove(stripeName(blobId, 0));
}

/** Lists blobs and leftovers. Nothing is told of a blob twice in one listing. */
export class RadosListing {
  readonly #pool: RadosPool;
  readonly #told: ReadonlySet<BlobId>;
  /** Stripes whose head is gone, as far as the listing came. */
  readonly strays: Map<BlobId, number[]>;
  readonly #known = new LRUCache<BlobId, true>({ max: KNOWN_COUNT });

  /**
   * @param told Blobs that were told of already.
   * @param strays Takes the stripes without a head.
   */
  constructor(pool: RadosPool, told: ReadonlySet<BlobId>, strays: Map<BlobId, number[]>) {
    this.#pool = pool;
    this.#told = told;
    this.strays = strays;
  }

  /** @throws {RadosFailure} */
  async *list(): AsyncGenerator<BlobInfo, void, undefined> {
    for await (const names of this.#pool.list()) {
      for (let first = 0; first < names.length; first += BATCH_COUNT) {
        const batch = names.slice(first, first + BATCH_COUNT);
        const found = await Promise.all(batch.map((name) => this.#describe(name)));
        for (const info of found) if (info !== undefined) yield info;
      }
    }
  }

  async #describe(name: string): Promise<BlobInfo | undefined> {
    const stripe = parseStripeName(name);
    if (stripe === undefined || this.#told.has(stripe.blobId)) return undefined;
    return stripe.index === 0
      ? this.#describeHead(stripe.blobId)
      : this.#describeStray(name, stripe.blobId, stripe.index);
  }

  async #describeHead(blobId: BlobId): Promise<BlobInfo | undefined> {
    const head = stripeName(blobId, 0);
    const [attribute, state] = await Promise.all([
      this.#pool.readAttribute(head, BLOB_ATTRIBUTE),
      this.#pool.stat(head),
    ]);
    if (attribute === undefined || state === undefined) return undefined;
    this.#known.set(blobId, true);
    const layout = attribute === null ? undefined : tryDecode(blobId, attribute);
    if (layout !== undefined) return { blobId, length: layout.length, modifiedAtMs: state.modifiedAtMs };
    return this.#describeUnfinished(blobId, state);
  }

  /** As young as its newest stripe. */
  async #describeUnfinished(
    blobId: BlobId,
    head: { readonly length: number; readonly modifiedAtMs: number },
  ): Promise<BlobInfo> {
    let { length, modifiedAtMs } = head;
    for (let first = 1, isMore = true; isMore; first += BATCH_COUNT) {
      const stripes = await Promise.all(
        range(first, first + BATCH_COUNT).map((index) => this.#pool.stat(stripeName(blobId, index))),
      );
      isMore = false;
      for (const stripe of stripes) {
        if (stripe === undefined) continue;
        isMore = true;
        length += stripe.length;
        modifiedAtMs = Math.max(modifiedAtMs, stripe.modifiedAtMs);
      }
    }
    return { blobId, length, modifiedAtMs };
  }

  /** A write that nobody waited for any more may come after its blob was removed. */
  async #describeStray(name: string, blobId: BlobId, index: number): Promise<BlobInfo | undefined> {
    if (this.#known.get(blobId)) return undefined;
    if ((await this.#pool.stat(stripeName(blobId, 0))) !== undefined) {
      this.#known.set(blobId, true);
      return undefined;
    }
    const state = await this.#pool.stat(name);
    if (state === undefined) return undefined;
    const others = this.strays.get(blobId);
    if (others !== undefined) {
      others.push(index);
      return undefined;
    }
    this.strays.set(blobId, [index]);
    return { blobId, length: state.length, modifiedAtMs: state.modifiedAtMs };
  }
}

/** @returns `undefined`: nothing that this program knows. What is not readable is for the sweep as it is. */
function tryDecode(blobId: BlobId, attribute: Uint8Array): BlobLayout | undefined {
  try {
    return decodeLayout(blobId, attribute);
  } catch {
    return undefined;
  }
}

async function removeStripes(pool: RadosPool, blobId: BlobId, indexes: readonly number[]): Promise<number> {
  const removed = await Promise.all(indexes.map((index) => pool.remove(stripeName(blobId, index))));
  return removed.filter(Boolean).length;
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, offset) => start + offset);
}
