/**
 * Holds writers up while garbage waits, so that the sweep gets ahead of them before the disk is full. The delay follows
 * a smooth curve and needs no tuning to the size of a disk:
 *
 *     pressure = greatest of  G / (G + F)   and   N / (N + noteCountHalf)
 *     delay    = delayMsMax x ((pressure - from) / (1 - from))²   where pressure > from, else none
 *
 * G are the bytes that could be swept, F the free bytes of the disk, N the notes that could be followed. Writers that
 * make garbage themselves, by replacing what is there, wait from a pressure of 0.5 on (as much garbage as free space),
 * others that bring bytes from 0.8 on (four times as much). Garbage that readers have open does not count: waiting
 * would not free it. The brake never delays deletions and reads, and refuses no write.
 */
import { nextTurn } from './turn-budget.js';

/** What a writer is about to do: replace something, which becomes garbage, or only add bytes. */
export type WriteKind = 'replacing' | 'adding';

/** Resolves after so many milliseconds. */
export type Delay = (delayMs: number) => Promise<void>;

/** What the brake is made of. */
export interface WriteBrakeParts {
  /** What could be swept now. */
  garbage(): { readonly noteCount: number; readonly lengthBytes: number };
  /** Bytes that the disk still takes; undefined where this is unknown. */
  readonly freeSpaceBytes: (() => Promise<number>) | undefined;
  readonly settings: { readonly delayMsMax: number; readonly noteCountHalf: number };
  readonly delay: Delay;
  nowMs(): number;
  /** Called whenever a writer has to wait. */
  onHeldUp(): void;
}

/** What the brake has done so far. */
export interface BrakeStatistics {
  readonly delayedCount: number;
  readonly delayedMs: number;
  /** 0 to 1, as of the last write while there was garbage. */
  readonly pressure: number;
  /** As of the last look. */
  readonly freeSpaceBytes: number | undefined;
}

const PRESSURE_FROM: Readonly<Record<WriteKind, number>> = { replacing: 0.5, adding: 0.8 };
/** After each such step the brake computes the pressure again; a writer that need not wait any more continues. */
const STEP_MS = 25;
/** How old a reading of the free space may be. */
const READING_AGE_MS_MAX = 100;
/** And what part of it may have been promised to writers since. */
const READING_SHARE_MAX = 1 / 8;

/** One brake for all writers of a store. */
export class WriteBrake {
  readonly #parts: WriteBrakeParts;
  #reading: { readonly freeBytes: number; readonly atMs: number } | undefined;
  /** Bytes of the bodies let through since the reading. */
  #promisedBytes = 0;
  #looking: Promise<void> | undefined;
  #delayedCount = 0;
  #delayedMs = 0;
  #pressure = 0;

  constructor(parts: WriteBrakeParts) {
    this.#parts = parts;
  }

  statistics(): BrakeStatistics {
    return {
      delayedCount: this.#delayedCount,
      delayedMs: this.#delayedMs,
      pressure: this.#parts.garbage().noteCount === 0 ? 0 : this.#pressure,
      freeSpaceBytes: this.#reading?.freeBytes,
    };
  }

  /**
   * Called before the body of a write is taken in.
   * @param lengthBytes Of the body; 0 when it is not known, or there is none.
   * @returns What to wait for. Nothing, and at no cost, while there is no garbage.
   */
  hold(kind: WriteKind, lengthBytes: number): Promise<void> | undefined {
    if (this.#parts.settings.delayMsMax === 0 || this.#parts.garbage().noteCount === 0) return undefined;
    return this.#hold(kind, lengthBytes);
  }

  async #hold(kind: WriteKind, lengthBytes: number): Promise<void> {
    let waitedMs = 0;
    for (;;) {
      const delayMs = delayOf(await this.#look(), kind, this.#parts.settings.delayMsMax);
      if (waitedMs >= delayMs) break;
      if (waitedMs === 0) this.#delayedCount += 1;
      this.#parts.onHeldUp();
      const stepMs = Math.max(1, Math.min(STEP_MS, delayMs - waitedMs));
      await this.#parts.delay(stepMs);
      waitedMs += stepMs;
      this.#delayedMs += stepMs;
    }
    this.#promisedBytes += lengthBytes;
  }

  /** @returns The pressure. */
  async #look(): Promise<number> {
    const { freeSpaceBytes, settings, nowMs } = this.#parts;
    if (freeSpaceBytes !== undefined && this.#isStale(nowMs())) {
      this.#looking ??= this.#read(freeSpaceBytes).finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
    }
    const { noteCount, lengthBytes } = this.#parts.garbage();
    const freeBytes =
      this.#reading === undefined ? undefined : Math.max(0, this.#reading.freeBytes - this.#promisedBytes);
    this.#pressure = Math.max(
      shareOf(noteCount, settings.noteCountHalf),
      freeBytes === undefined ? 0 : shareOf(lengthBytes, freeBytes),
    );
    return this.#pressure;
  }

  #isStale(nowMs: number): boolean {
    const reading = this.#reading;
    return (
      reading === undefined ||
      Math.abs(nowMs - reading.atMs) > READING_AGE_MS_MAX ||
      this.#promisedBytes > reading.freeBytes * READING_SHARE_MAX
    );
  }

  async #read(freeSpaceBytes: () => Promise<number>): Promise<void> {
    this.#promisedBytes = 0;
    try {
      this.#reading = { freeBytes: await freeSpaceBytes(), atMs: this.#parts.nowMs() };
    } catch {
      // A disk that does not say delays no writer; writing shows whether it takes bytes.
      this.#reading = undefined;
      await nextTurn();
    }
  }
}

function shareOf(garbage: number, other: number): number {
  return garbage <= 0 ? 0 : garbage / (garbage + Math.max(0, other));
}

/** @returns Milliseconds; see the head of this file. */
export function delayOf(pressure: number, kind: WriteKind, delayMsMax: number): number {
  const from = PRESSURE_FROM[kind];
  return pressure <= from ? 0 : delayMsMax * ((pressure - from) / (1 - from)) ** 2;
}
