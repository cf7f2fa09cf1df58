/** What `annals fsck` prints: findings as lines for people or as JSON, and where it is on a terminal. */
import type { CheckProgress, CheckSummary, Finding } from '@annals/store';
import { writeOutput } from '../terminal/standard-output.js';

const PROGRESS_INTERVAL_MS = 200;

/** Prints the findings of one run. */
export class FsckOutput {
  readonly #isJson: boolean;
  readonly #isOnTerminal: boolean;
  readonly #repairedCounts = new Map<string, number>();
  #undoFile: string | undefined;
  #shownAtMs = 0;
  #isLineOpen = false;
  /** Lines in the order they came: each waits for the one before. */
  #written: Promise<void> = Promise.resolve();

  constructor(isJson: boolean) {
    this.#isJson = isJson;
    this.#isOnTerminal = process.stderr.isTTY === true;
  }

  finding({ repair, range, ...finding }: Finding): void {
    const document = { ...finding, ...(range && { range }), ...(repair && { repair: repair.name }) };
    this.#line(
      this.#isJson
        ? JSON.stringify({ finding: document })
        : `${finding.severity}: ${finding.message}${repair === undefined ? '' : ` [can be repaired: ${repair.name}]`}`,
    );
  }

  /** What was repaired so far, by the name of the repair, and what takes it back: for the audit log. */
  get repairs(): { readonly repaired: Readonly<Record<string, number>>; readonly undoFile?: string } {
    const repaired = Object.fromEntries(this.#repairedCounts);
    return { repaired, ...(this.#undoFile !== undefined && { undoFile: this.#undoFile }) };
  }

  /** Something that was done, or could not be. */
  action(
    document: {
      readonly repaired?: string;
      readonly skipped?: string;
      readonly undoFile?: string;
      readonly lost?: string;
      readonly rowCount?: number;
      readonly damagedFile?: string;
      readonly compacted?: string;
      readonly lengthBytes?: number;
    },
    text: string,
  ): void {
    const { repaired, undoFile } = document;
    if (repaired !== undefined) this.#repairedCounts.set(repaired, (this.#repairedCounts.get(repaired) ?? 0) + 1);
    this.#undoFile = undoFile ?? this.#undoFile;
    this.#line(this.#isJson ? JSON.stringify(document) : text);
  }

  progress({ stage, rowCount, lengthBytes }: CheckProgress): void {
    if (!this.#isOnTerminal) return;
    const nowMs = Date.now();
    if (nowMs - this.#shownAtMs < PROGRESS_INTERVAL_MS) return;
    this.#shownAtMs = nowMs;
    this.#isLineOpen = true;
    process.stderr.write(`\r\x1b[K${stage}: ${rowCount} rows, ${(lengthBytes / 2 ** 20).toFixed(0)} MiB read`);
  }

  summary(summary: CheckSummary): void {
    const { rowCount, lengthBytes, damageCount, contradictionCount, noteCount } = summary;
    const isClean = damageCount + contradictionCount === 0;
    this.#line(
      this.#isJson
        ? JSON.stringify({ summary: { isClean, ...summary } })
        : `${isClean ? 'Nothing is wrong' : `${damageCount} damaged, ${contradictionCount} in contradiction`}; ${noteCount} notes; ${rowCount} rows and ${lengthBytes} bytes checked`,
    );
  }

  /** Resolves when everything is written. */
  async end(): Promise<void> {
    this.#clearLine();
    await this.#written;
  }

  #line(text: string): void {
    this.#clearLine();
    this.#written = this.#written.then(() => writeOutput(`${text}\n`));
  }

  #clearLine(): void {
    if (this.#isLineOpen) process.stderr.write('\r\x1b[K');
    this.#isLineOpen = false;
  }
}
