/**
 * What the followers of one key share: one watch of its row, one look at it after a change however many follow, and the
 * bytes that came last, which those who keep up would otherwise each read. Bounded: a feed holds one row and one short
 * run of bytes; a follower that is behind reads by itself. Leaves out where each follower stands (`follow-object.ts`).
 */
import { readVersion } from '../content/read-version.js';
import type { StoreContext } from '../context/store-context.js';
import { objectKey } from '../records/key-space.js';
import type { ObjectRecord } from '../records/version-record.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectTarget } from '../types.js';
import { readObject } from '../versions/read-state.js';

/** Bytes that followers share at most: some turns of a busy log, and little even with a thousand feeds. */
const SHARED_LENGTH_BYTES_MAX = 64 * 1024;

/** Waits for the next moment of a key. All that wait are told in one turn. */
export interface FeedWaiter {
  /** The key was looked at after a change. */
  onMoment(moment: FeedMoment): void;
  /** The key changed, and could not be read. */
  onFailure(failure: unknown): void;
}

/** A key at one moment. */
export class FeedMoment {
  readonly #context: StoreContext;
  #shared: { readonly start: number; readonly bytes: Promise<Uint8Array> | Uint8Array } | undefined;

  /** @param record Undefined: there is no such object. */
  constructor(
    context: StoreContext,
    readonly record: ObjectRecord | undefined,
  ) {
    this.#context = context;
  }

  /**
   * Reads bytes of the record, or of the one that a follower opened; its content is pinned by who asks. The last bytes
   * are read once for all who want them.
   * @returns The bytes, when somebody has read them already.
   * @throws {EngineFailure} As reading an object does.
   */
  read(opened: ObjectRecord, start: number, end: number): AsyncIterable<Uint8Array> | readonly Uint8Array[] {
    const isTail = end === this.record?.head.length && opened.contentId === this.record.contentId;
    const isShared = isTail && opened.body === undefined && end - start <= SHARED_LENGTH_BYTES_MAX;
    if (!isShared) return readVersion(this.#context, opened, { start, end });
    if (this.#shared?.start !== start) {
      const reading = gather(readVersion(this.#context, opened, { start, end }));
      // A follower may leave before it takes them.
      reading.catch(() => undefined);
      this.#shared = { start, bytes: reading };
    }
    const { bytes } = this.#shared;
    return bytes instanceof Uint8Array ? [bytes] : once(bytes);
  }

  /**
   * Reads what came behind `start`, so that `read` has it at hand; nothing that is too long to share. When that fails,
   * `read` tries again, and its caller gets the failure.
   */
  async prepare(start: number): Promise<void> {
    if (this.record === undefined) return;
    const { head } = this.record;
    if (start >= head.length || head.length - start > SHARED_LENGTH_BYTES_MAX) return;
    try {
      const bytes = await gather(readVersion(this.#context, this.record, { start, end: head.length }));
      this.#shared = { start, bytes };
    } catch {}
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
  readonly #waiting = new Set<FeedWaiter>();
  #looking: Promise<FeedMoment> | undefined;
  #latest: FeedMoment | undefined;
  /** Where those stand who have everything up to the moment seen last. */
  #seenLength: number | undefined;
  #isTelling = false;
  /** Followers that hold this feed. */
  holderCount = 0;

  constructor(context: StoreContext, target: ObjectTarget) {
    this.#context = context;
    this.#target = target;
    this.#endWatch = context.keyValues.watch(objectKey(target.bucket, target.key), () => this.#onChange());
  }

  #onChange(): void {
    this.#looking = undefined;
    this.#latest = undefined;
    if (this.#waiting.size > 0) void this.#tell();
  }

  /** The key as it is now, if it has been looked at since its last change. */
  get latest(): FeedMoment | undefined {
    return this.#latest;
  }

  /**
   * @returns The key as it is now: two rows, read once after each change.
   * @throws {EngineFailure} As reading an object does.
   */
  look(): Promise<FeedMoment> {
    if (this.#looking !== undefined) return this.#looking;
    const looking = this.#look();
    this.#looking = looking;
    looking.then(
      (moment) => {
        if (this.#looking === looking) this.#see(moment);
      },
      () => {
        if (this.#looking === looking) this.#looking = undefined;
      },
    );
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

  #see(moment: FeedMoment): void {
    this.#latest = moment;
    this.#seenLength = moment.record?.head.length;
  }

  /**
   * Tells a waiter each moment from the next change on, until `forget`.
   * @param seen The moment that it knows. When it is no longer the latest, the waiter is told at once.
   */
  wait(waiter: FeedWaiter, seen: FeedMoment): void {
    this.#waiting.add(waiter);
    if (seen !== this.#latest) void this.#tell();
  }

  /** The waiter waits no more. Idempotent. */
  forget(waiter: FeedWaiter): void {
    this.#waiting.delete(waiter);
  }

  /** Looks once, reads once what came, and tells all that wait; again when the key changed meanwhile. */
  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      let moment: FeedMoment;
      do {
        const start = this.#seenLength;
        moment = await this.look();
        if (start !== undefined) await moment.prepare(start);
        for (const waiter of this.#waiting) waiter.onMoment(moment);
      } while (moment !== this.#latest && this.#waiting.size > 0);
    } catch (failure) {
      for (const waiter of this.#waiting) waiter.onFailure(failure);
    } finally {
      this.#isTelling = false;
    }
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
