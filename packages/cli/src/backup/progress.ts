/** Says on standard error how far a long command has come. */
import { formatBytes } from '../terminal/format-bytes.js';

const INTERVAL_MS = 2000;

/** What the working command reports; nothing waits for it. */
export interface Progress {
  /** A new part of the work. */
  begin(what: string): void;
  /** What the part will come to. */
  expect(count: number, lengthBytes: number): void;
  add(count: number, lengthBytes: number): void;
  warn(message: string): void;
  end(): void;
}

/** @param write Takes one line. @param nowMs For tests. */
export function lineProgress(write: (line: string) => void, nowMs: () => number = Date.now): Progress {
  let part = '';
  let count = 0;
  let lengthBytes = 0;
  let expected = '';
  let toldAtMs = nowMs();
  const tell = (): void => {
    toldAtMs = nowMs();
    if (count > 0) write(`${part}: ${count} (${formatBytes(lengthBytes)})${expected}`);
  };
  return {
    begin(what) {
      if (part !== '') tell();
      part = what;
      count = 0;
      lengthBytes = 0;
      expected = '';
      toldAtMs = nowMs();
      write(part);
    },
    expect(expectedCount, expectedLength) {
      expected = ` of ${expectedCount} (${formatBytes(expectedLength)})`;
    },
    add(more, moreLength) {
      count += more;
      lengthBytes += moreLength;
      if (nowMs() - toldAtMs >= INTERVAL_MS) tell();
    },
    warn: (message) => write(`warning: ${message}`),
    end() {
      if (part !== '') tell();
      part = '';
    },
  };
}
