/**
 * Puts chunks into a target, each once: what is there already is not sent again, and what was sent is read back and
 * compared before it counts. A few at a time, so that memory stays bounded whatever the target's pace.
 */
import { BackupDamaged, CHUNK_PREFIX, type ChunkId, chunkIdOf, chunkIdOfName, chunkName } from './backup-format.js';
import type { BackupTarget } from './backup-target.js';
import type { Pace } from './pace.js';

/** Chunks under way at once; each takes some MiB. */
const UNDER_WAY_COUNT_MAX = 4;
const ATTEMPT_COUNT_MAX = 2;

/** What was done, for people. */
export interface ChunkFigures {
  readonly sentCount: number;
  readonly sentLength: number;
  /** There already. */
  readonly keptCount: number;
}

/** Keeps chunks in one target during one backup. */
export class ChunkKeeper {
  readonly #target: BackupTarget;
  readonly #pace: Pace;
  readonly #isReadBack: boolean;
  /** In the target, by id: length as listed. */
  readonly #present = new Map<ChunkId, number>();
  /** Written or compared by this run, or named by a finished backup or the notes of a broken-off one. */
  readonly #proven = new Set<ChunkId>();
  readonly #underWay = new Set<Promise<unknown>>();
  #failure: unknown;
  #sentCount = 0;
  #sentLength = 0;
  #keptCount = 0;

  private constructor(target: BackupTarget, pace: Pace, isReadBack: boolean) {
    this.#target = target;
    this.#pace = pace;
    this.#isReadBack = isReadBack;
  }

  /** @param isReadBack Whether each chunk is read again after it was written. */
  static async open(target: BackupTarget, pace: Pace, isReadBack: boolean): Promise<ChunkKeeper> {
    const keeper = new ChunkKeeper(target, pace, isReadBack);
    for await (const { name, length } of target.list(CHUNK_PREFIX)) {
      const id = chunkIdOfName(name);
      if (id !== undefined) keeper.#present.set(id, length);
    }
    return keeper;
  }

  get figures(): ChunkFigures {
    return { sentCount: this.#sentCount, sentLength: this.#sentLength, keptCount: this.#keptCount };
  }

  /**
   * Tells whether the target has a chunk, as far as its listing says.
   * @param lengthMin Bytes that are needed of it.
   */
  has(id: ChunkId, lengthMin: number): boolean {
    return (this.#present.get(id) ?? -1) >= lengthMin;
  }

  /** Says that a chunk was compared before, if it is there in its length. */
  trust(id: ChunkId, length: number): void {
    if (this.#present.get(id) === length) this.#proven.add(id);
  }

  /**
   * Begins to keep a chunk; waits while too many are under way. The bytes must not change any more.
   * @returns Its id at once. That it is there is certain after {@link drain}.
   */
  async keep(bytes: Uint8Array): Promise<ChunkId> {
    while (this.#underWay.size >= UNDER_WAY_COUNT_MAX) await Promise.race(this.#underWay);
    this.#throwFailure();
    const id = chunkIdOf(bytes);
    if (this.#proven.has(id)) {
      this.#keptCount += 1;
      return id;
    }
    this.#proven.add(id);
    const work: Promise<void> = this.#put(id, bytes)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    return id;
  }

  /** @returns When all chunks are there. @throws What one of them failed with. */
  async drain(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  async #put(id: ChunkId, bytes: Uint8Array): Promise<void> {
    // Left by a run that was broken off, perhaps before it was compared.
    if (this.#present.get(id) === bytes.length && (await this.#isRight(id))) {
      this.#keptCount += 1;
      return;
    }
    for (let attempt = 1; ; attempt += 1) {
      await this.#pace.spend(bytes.length);
      await this.#target.put(chunkName(id), bytes);
      this.#sentCount += 1;
      this.#sentLength += bytes.length;
      this.#present.set(id, bytes.length);
      if (!this.#isReadBack || (await this.#isRight(id))) return;
      if (attempt === ATTEMPT_COUNT_MAX) {
        throw new BackupDamaged(
          `Cannot keep "${chunkName(id)}" in ${this.#target.place}: what is read back is not what was written`,
        );
      }
    }
  }

  async #isRight(id: ChunkId): Promise<boolean> {
    const bytes = await this.#target.get(chunkName(id));
    return bytes !== undefined && chunkIdOf(bytes) === id;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
