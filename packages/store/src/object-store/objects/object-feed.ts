/**
 * What the followers of one key share: one watch of its row, one look at it after a change however many follow, and the
 * bytes that came last, which those who keep up would otherwise each read. Bounded: a feed holds one row and one short
 * run of bytes; a follower that is behind reads by itself. Leaves out where each follower stands (`follow-object.ts`).
 */
import { readContent } from '../content/read-content.js';
import type { StoreContext } from '../context/store-context.js';
import { objectKey } from '../records/key-space.js';
import type { ObjectRecord } from '../records/object-record.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectTarget } from '../types.js';
import { readObject } from '../versions/read-state.js';

/** Bytes that followers share at most: some turns of a busy log, and little even with a thousand feeds. */
const SHARED_LENGTH_BYTES_MAX = 64 * 1024;

/** A key at one moment. */
export class FeedMoment {
  readonly #context: StoreContext;
  #shared: { readonly start: number; readonly bytes: Promise<Uint8Array> } | undefined;

  /** @param record Undefined: there is no such object. */
  constructor(
    context: StoreContext,
    readonly record: ObjectRecord | undefined,
  ) {
    this.#context = context;
  }

  /**
   * Reads bytes of the record; its content is pinned by who asks. The last bytes are read once for all who want them.
   * @throws {EngineFailure} As reading an object does.
   */
  read(contentId: string, start: number, end: number): AsyncIterable<Uint8Array> {
    const isTail = end === this.record?.head.length && contentId === this.record.contentId;
    if (!isTail || end - start > SHARED_LENGTH_BYTES_MAX) return readContent(this.#context, contentId, { start, end });
    if (this.#shared?.start !== start) {
      this.#shared = { start, bytes: gather(readContent(this.#context, contentId, { start, end })) };
    }
    return once(this.#shared.bytes);
  }
}

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

async function* once(bytes: Promise<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield await bytes;
}

/** A key that somebody follows. */
export class ObjectFeed {
  readonly #context: StoreContext;
  readonly #target: ObjectTarget;
  readonly #endWatch: () => void;
  readonly #waiting = new Set<() => void>();
  #moment: Promise<FeedMoment> | undefined;
  /** Followers that hold this feed. */
  holderCount = 0;
  /** Durable changes seen so far. */
  changeCount = 0;

  constructor(context: StoreContext, target: ObjectTarget) {
    this.#context = context;
    this.#target = target;
    this.#endWatch = context.keyValues.watch(objectKey(target.bucket, target.key), () => this.#onChange());
  }

  #onChange(): void {
    this.changeCount += 1;
    this.#moment = undefined;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /**
   * @returns The key as it is now: two rows, read once after each change.
   * @throws {EngineFailure} As reading an object does.
   */
  look(): Promise<FeedMoment> {
    if (this.#moment !== undefined) return this.#moment;
    const looking = this.#look();
    this.#moment = looking;
    looking.catch(() => {
      if (this.#moment === looking) this.#moment = undefined;
    });
    return looking;
  }

  async #look(): Promise<FeedMoment> {
    try {
      const { current } = await readObject(this.#context, this.#target);
      return new FeedMoment(this.#context, current);
    } catch (error) {
      if (!(error instanceof StoreFailure) || error.reason.kind !== 'no-such-bucket') throw error;
      return new FeedMoment(this.#context, undefined);
    }
  }

  /** Calls `wake` after the next change, once. @returns What ends that. */
  onceChanged(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** Nobody follows any more. */
  close(): void {
    this.#endWatch();
  }
}

/** The feeds of one store: one for each key that somebody follows. */
export class ObjectFeeds {
  readonly #context: StoreContext;
  /** A bucket's name has no slash. */
  readonly #feeds = new Map<string, ObjectFeed>();

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** @returns The feed of a key, and what lets go of it; that may be called once. */
  hold(target: ObjectTarget): { readonly feed: ObjectFeed; readonly letGo: () => void } {
    const name = `${target.bucket}/${target.key}`;
    const feed = this.#feeds.get(name) ?? new ObjectFeed(this.#context, target);
    this.#feeds.set(name, feed);
    feed.holderCount += 1;
    return {
      feed,
      letGo: () => {
        feed.holderCount -= 1;
        if (feed.holderCount > 0) return;
        this.#feeds.delete(name);
        feed.close();
      },
    };
  }
}
