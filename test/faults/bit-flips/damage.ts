/**
 * Damages files as disks do: a bit flips, a sector is zeros, two sectors change places, the end is missing. Everything
 * follows from the seed.
 */

import { open, readFile, stat, truncate } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type SeededRandom, seededRandom } from '@annals/store/conformance';
import { filesBelow } from '../../harness/files-below.js';

const SECTOR_LENGTH = 512;

/** Chance that can be repeated. */
export class Damage {
  readonly #places = new Map<string, readonly number[]>();
  readonly #seed: number;
  #round = 0;
  #random: SeededRandom;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  /** Each round has chances of its own, so that one can be repeated. */
  beginRound(): void {
    this.#round += 1;
    this.repeatRound();
  }

  /** What is drawn from now on is what was drawn since this round began. */
  repeatRound(): void {
    this.#random = seededRandom(Math.imul(this.#seed + this.#round, 0x9e3779b1));
  }

  /** @returns A whole number from 0 to `end - 1`. */
  below(end: number): number {
    return this.#random.below(end);
  }

  /** Takes away the end of a file, from anywhere. @returns What was done. */
  async cut(folder: string, name: string): Promise<string> {
    const path = join(folder, name);
    const length = this.below((await stat(path)).size);
    await truncate(path, length);
    return `cut ${name} to ${length}`;
  }

  /** Damages one place where something stands. @returns What was done. */
  async place(folder: string, name: string): Promise<string> {
    const path = join(folder, name);
    const places = await this.#usedPlaces(path, name);
    const pick = (): number => places[this.below(places.length)] ?? 0;
    const kind = ['flip', 'flip', 'flip', 'zero', 'exchange'][this.below(5)];
    const sector = pick();
    const file = await open(path, 'r+');
    try {
      const { size } = await file.stat();
      if (kind === 'zero') {
        await file.write(Buffer.alloc(Math.min(SECTOR_LENGTH, size - sector)), 0, undefined, sector);
        return `zeros in ${name} at ${sector}`;
      }
      if (kind === 'exchange') {
        const other = pick();
        const [first, second] = [Buffer.alloc(SECTOR_LENGTH), Buffer.alloc(SECTOR_LENGTH)];
        const { bytesRead } = await file.read(first, 0, SECTOR_LENGTH, sector);
        const length = Math.min(bytesRead, (await file.read(second, 0, SECTOR_LENGTH, other)).bytesRead);
        await file.write(second, 0, length, sector);
        await file.write(first, 0, length, other);
        return `sectors exchanged in ${name}: ${sector} and ${other}`;
      }
      const at = Math.min(size - 1, sector + this.below(SECTOR_LENGTH));
      const bit = this.below(8);
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, at);
      byte[0] = (byte[0] as number) ^ (1 << bit);
      await file.write(byte, 0, 1, at);
      return `bit ${bit} of ${name} at ${at}`;
    } finally {
      await file.close();
    }
  }

  /**
   * Where bytes other than zeros are, when a file is first met: a bit in the wide empty parts would seldom tell
   * anything.
   */
  async #usedPlaces(path: string, name: string): Promise<readonly number[]> {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const bytes = await readFile(path);
    const zeros = Buffer.alloc(SECTOR_LENGTH);
    const places: number[] = [];
    for (let start = 0; start < bytes.length; start += SECTOR_LENGTH) {
      const sector = bytes.subarray(start, start + SECTOR_LENGTH);
      if (!sector.equals(zeros.subarray(0, sector.length))) places.push(start);
    }
    this.#places.set(name, places);
    return places;
  }
}

/** @returns Names of all files below a folder, from there, in order. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  return (await filesBelow(folder)).map((path) => relative(folder, path)).sort();
}
