/**
 * A process of Node whose clock a test sets while it runs, as `date --set` would on a machine of its own. Its monotonic
 * clock and its timers go on, as they do then.
 */
import { writeFile } from 'node:fs/promises';

export interface SettableClock {
  /** Variables of the process. */
  readonly environment: Readonly<Record<string, string>>;
  /** @param offsetMs What the clock of the process is ahead of the true one, a moment later. */
  set(offsetMs: number): Promise<void>;
}

const PRELOAD = `
  import { readFileSync } from 'node:fs';
  const TrueDate = Date;
  let offsetMs = 0;
  const read = () => { offsetMs = Number(readFileSync(process.env.ANNALS_TEST_CLOCK_OFFSET_FILE, 'utf8')); };
  read();
  setInterval(read, 20).unref();
  globalThis.Date = class Date extends TrueDate {
    constructor(...parts) {
      if (parts.length === 0) super(TrueDate.now() + offsetMs);
      else super(...parts);
    }
    static now() { return TrueDate.now() + offsetMs; }
  };
`;

/** @param path A file that holds what the clock is off. */
export async function makeSettableClock(path: string, offsetMs: number): Promise<SettableClock> {
  const set = (ms: number): Promise<void> => writeFile(path, String(ms));
  await set(offsetMs);
  return {
    environment: {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(PRELOAD)}`,
      ANNALS_TEST_CLOCK_OFFSET_FILE: path,
    },
    set,
  };
}
