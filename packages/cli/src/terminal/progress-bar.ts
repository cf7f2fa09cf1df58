/**
 * A progress bar with rate and remaining time on standard error, if that is a terminal; nothing otherwise. Messages are
 * written above it.
 */
import type { SingleBar } from 'cli-progress';
import { formatBytes } from './format-bytes.js';
import { writeOutput } from './standard-output.js';

/** Shows how far something is. */
export interface ProgressBar {
  /** @param done Bytes so far. */
  update(done: number): void;
  /** Writes a line to standard error, above the bar. */
  tell(line: string): void;
  /** Writes results to standard output, above the bar where both are on one terminal. */
  print(text: string): Promise<void>;
  /** Takes the bar away. */
  end(): void;
}

/** Shows nothing but messages. */
const messagesOnly: ProgressBar = {
  update: () => undefined,
  tell: (line) => void process.stderr.write(`${line}\n`),
  print: writeOutput,
  end: () => undefined,
};

/** How a bar is to look. */
export interface ProgressBarOptions {
  readonly label: string;
  /** Bytes in all; `undefined`: not known. */
  readonly total: number | undefined;
  /** No bar, even on a terminal. */
  readonly isQuiet: boolean;
}

/** Opens a bar where somebody sees it. */
export async function openProgressBar({ label, total, isQuiet }: ProgressBarOptions): Promise<ProgressBar> {
  if (isQuiet || !process.stderr.isTTY) return messagesOnly;
  const { SingleBar } = await import('cli-progress');
  const startedAtMs = performance.now();
  const rate = (done: number): number => Math.round(done / Math.max(0.001, (performance.now() - startedAtMs) / 1000));
  const bar: SingleBar = new SingleBar({
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    fps: 10,
    format: (_, { value }) => {
      const speed = `${formatBytes(rate(value))}/s`;
      if (total === undefined) return `${label}  ${formatBytes(value)}  ${speed}`;
      const share = total === 0 ? 1 : Math.min(1, value / total);
      const filled = Math.round(share * BAR_WIDTH);
      const left = formatDuration((total - value) / rate(value));
      const drawn = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
      return `${label}  ${drawn} ${String(Math.floor(share * 100)).padStart(3)} %  ${formatBytes(value)} of ${formatBytes(total)}  ${speed}  ${left} left`;
    },
  });
  bar.start(total ?? 1, 0);
  return {
    update: (done) => bar.update(done),
    tell(line) {
      process.stderr.write(`${CLEAR_LINE}${line}\n`);
    },
    print(text) {
      if (process.stdout.isTTY) process.stderr.write(CLEAR_LINE);
      return writeOutput(text);
    },
    end: () => bar.stop(),
  };
}

const BAR_WIDTH = 24;
/** Back to the first column, and what is there goes. */
const CLEAR_LINE = '\r\u001B[K';

/** @param seconds Time to come. */
function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
