/** Commands that stand still right before a call of the file system, however fast they and slow the test is. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../../test/harness/until.js';

/** Where a command is to stand still. */
export interface HoldPoint {
  /** Function of `node:fs/promises`, whose first argument is a path. */
  readonly call: 'readFile' | 'rename';
  /** Regular expression for the path. */
  readonly path: string;
  /** Which of those calls: 1 is the first. */
  readonly count: number;
}

/** A place where a command stands still. */
export interface Hold {
  /** Belongs into the environment of the command. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves when the command stands there. @throws {Error} It has ended before. */
  reached(ended: Promise<unknown>): Promise<void>;
  /** Lets it go on. */
  letGo(): void;
}

/** @param folder For the file that says that the command stands still. */
export function holdAt(folder: string, point: HoldPoint): Hold {
  const sign = join(folder, 'stands-still');
  const program = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { call, path, count, sign } = ${JSON.stringify({ ...point, sign })};
    const own = fs.promises[call];
    const cell = new Int32Array(new SharedArrayBuffer(4));
    let seen = 0;
    fs.promises[call] = (...words) => {
      if (new RegExp(path).test(String(words[0]))) seen += 1;
      if (seen === count) {
        seen = Infinity;
        fs.writeFileSync(sign, '');
        while (fs.existsSync(sign)) Atomics.wait(cell, 0, 0, 5);
      }
      return own(...words);
    };
    syncBuiltinESMExports();`;
  return {
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` },
    async reached(ended) {
      let hasEnded = false;
      void ended.then(() => {
        hasEnded = true;
      });
      await until(() => hasEnded || existsSync(sign));
      if (!existsSync(sign)) throw new Error(`It ended before ${point.call} ${point.count} of ${point.path}`);
    },
    letGo: () => rmSync(sign, { force: true }),
  };
}
