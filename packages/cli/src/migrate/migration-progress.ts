/** Shows how far a migration is: a bar for each part of it on a terminal, otherwise a line. */
import type { MigrationStage } from '@annals/store';
import { openProgressBar, type ProgressBar } from '../terminal/progress-bar.js';

/** One part after the other. */
export class MigrationProgress {
  readonly #isQuiet: boolean;
  #bar: Promise<ProgressBar> | undefined;
  #done = 0;

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
  }

  /** @param lengthBytes Of all of it; `undefined`: not known. */
  begin(stage: MigrationStage, lengthBytes: number | undefined): void {
    const before = this.#bar;
    this.#done = 0;
    this.#bar = (async () => {
      (await before)?.end();
      const bar = await openProgressBar({ label: stage, total: lengthBytes, isQuiet: this.#isQuiet });
      if (!this.#isQuiet && !process.stderr.isTTY) bar.tell(stage);
      return bar;
    })();
  }

  add(lengthBytes: number): void {
    this.#done += lengthBytes;
    const done = this.#done;
    this.#bar?.then((bar) => bar.update(done));
  }

  /** Writes a line above the bar. */
  tell(line: string): void {
    if (!this.#isQuiet) process.stderr.write(`${line}\n`);
  }

  async end(): Promise<void> {
    (await this.#bar)?.end();
    this.#bar = undefined;
  }
}
