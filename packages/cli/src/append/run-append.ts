/**
 * Appends a source to an object, or to a row of objects, and does not give up: reads, writes to the client's append
 * writer, and when it is asked to stop drains what was read and says what is durable. Leaves out the sources
 * (`followed-file.ts`, `interrupted-file.ts`, `standard-input.ts`) and the command line (`../commands/append.ts`).
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { AnnalsError, AppendWriter, AppendWriterOptions, Client } from '@annals/client';
import { describeClientError, isClientError } from '../describe-client-error.js';
import type { OssUrl } from '../oss-url.js';
import { StopRequest } from '../stop-request.js';
import { openProgressBar, type ProgressBar } from '../terminal/progress-bar.js';
import type { FileGeneration, SourceChunk } from './source-chunk.js';

/** Where bytes go. */
export interface AppendTarget {
  readonly client: Client;
  /** Its key may be a pattern. */
  readonly url: OssUrl;
  readonly writerOptions: AppendWriterOptions;
}

/** Where bytes come from. */
export interface AppendSource {
  /** Of the progress bar. */
  readonly label: string;
  /** Bytes that will be read in this run; `undefined`: unknown. */
  readonly length: number | undefined;
  /** Gives the bytes; called once, when the writer knows what was accepted before. */
  read(writer: AppendWriter, stop: AbortSignal, warn: (message: string) => void): AsyncIterable<SourceChunk>;
  /** Is told that another file begins. @param acceptedBytes Of the writer, at that moment. */
  begin?(generation: FileGeneration, acceptedBytes: number): Promise<void>;
  /** Is told that bytes were accepted. */
  accepted?(bytes: Uint8Array): Promise<void>;
  /** Everything is durable and the source has ended by itself. */
  finished?(): Promise<void>;
  /** How to go on when bytes are not durable: completes "N bytes are not durable; ...". */
  readonly howToGoOn: string;
  /** Whether the end of the source is what was asked for; an interruption before it then is no success. */
  readonly hasEnd: boolean;
  /** Bytes that runs before have made durable already. */
  doneBytes?(): number;
}

/** How patient and talkative a run is. */
export interface AppendRunOptions {
  readonly isQuiet: boolean;
  /** Time for draining once asked to stop, in milliseconds. */
  readonly drainForMs: number;
}

/** What a run has done. */
export interface AppendReport {
  /** Of the object written last. */
  readonly key: string;
  /** Its length. */
  readonly position: number;
  readonly crc64: bigint | undefined;
  /** Bytes that this run read. */
  readonly readBytes: number;
  readonly exitCode: number;
}

/**
 * Runs until the source ends, or a signal asks it to stop.
 * @throws {AnnalsError} What ended the writer, after saying on standard error what is durable.
 */
export async function runAppend(
  target: AppendTarget,
  source: AppendSource,
  options: AppendRunOptions,
): Promise<AppendReport> {
  const bar = await openProgressBar({ label: source.label, total: source.length, isQuiet: options.isQuiet });
  const run = new AppendRun(target, source, bar);
  try {
    return await run.finish(options.drainForMs);
  } finally {
    bar.end();
  }
}

class AppendRun {
  readonly #target: AppendTarget;
  readonly #source: AppendSource;
  readonly #bar: ProgressBar;
  readonly #writer: AppendWriter;
  readonly #stop: StopRequest;
  #readBytes = 0;
  #isOutageTold = false;
  /** Accepted before this run. */
  #acceptedBefore = 0;

  constructor({ client, url, writerOptions }: AppendTarget, source: AppendSource, bar: ProgressBar) {
    this.#target = { client, url, writerOptions };
    this.#source = source;
    this.#bar = bar;
    this.#writer = client.appendWriter(url.bucket, url.key, {
      ...writerOptions,
      onRetry: (error) => this.#tellOutage(error),
      onProgress: ({ durableBytes }) => {
        if (this.#isOutageTold) this.#tell('appends work again');
        this.#isOutageTold = false;
        bar.update((source.doneBytes?.() ?? 0) + Math.max(0, durableBytes - this.#acceptedBefore));
      },
    });
    this.#stop = new StopRequest((signalName) => this.#tell(`${signalName} again: ended at once. ${this.#standing()}`));
  }

  async finish(drainForMs: number): Promise<AppendReport> {
    const { signal } = this.#stop;
    const tooLate = afterStop(signal, drainForMs);
    let hasEnded = false;
    try {
      this.#acceptedBefore = (await this.#writer.ready).acceptedBytes;
      signal.addEventListener('abort', () => this.#tellStop());
      const pumped = this.#pump().then(() => true);
      hasEnded = (await Promise.race([pumped, tooLate])) && !signal.aborted;
      // Nothing waits: there is no reason to wait for a server that does not answer.
      const isIdle = signal.aborted && this.#waitingBytes === 0;
      if (!isIdle) await Promise.race([this.#writer.close(), tooLate]);
    } catch (error) {
      if (this.#readBytes > 0) this.#tell(this.#standing());
      await this.#writer.abort(error);
      throw error;
    }
    if (signal.aborted) {
      await this.#writer.abort(new Error('The command was asked to stop'));
      this.#tell(this.#standing());
    }
    if (hasEnded && this.#waitingBytes === 0) await this.#source.finished?.();
    const isUndone = this.#waitingBytes > 0 || (this.#source.hasEnd && !hasEnded);
    return this.#report(isUndone ? this.#stop.exitCode : 0);
  }

  async #pump(): Promise<void> {
    const source = this.#source.read(this.#writer, this.#stop.signal, (message) => this.#tell(message));
    for await (const chunk of source) {
      if (chunk.kind === 'begin') {
        await this.#source.begin?.(chunk.generation, this.#writer.progress.acceptedBytes);
        continue;
      }
      this.#readBytes += chunk.bytes.length;
      await this.#writer.write(chunk.bytes);
      await this.#source.accepted?.(chunk.bytes);
    }
  }

  get #waitingBytes(): number {
    const { durableBytes } = this.#writer.progress;
    // What was read and not accepted waits as well.
    return this.#acceptedBefore + this.#readBytes - durableBytes;
  }

  #report(exitCode: number): AppendReport {
    const { key = this.#target.url.key, position, crc64 } = this.#writer.progress;
    return { key, position, crc64, readBytes: this.#readBytes, exitCode };
  }

  /** What is durable, and how to go on. */
  #standing(): string {
    const { key, position } = this.#writer.progress;
    const { bucket } = this.#target.url;
    const where = key === undefined ? 'no append was acknowledged' : `oss://${bucket}/${key} ends at ${position}`;
    const waiting = this.#waitingBytes;
    if (waiting <= 0) return `All ${this.#readBytes} bytes that were read are durable; ${where}`;
    return `${waiting} bytes that were read are not durable; ${where}; ${this.#source.howToGoOn}`;
  }

  #tellStop(): void {
    this.#tell(`${this.#stop.signalName}: appending what was read; once more ends at once`);
  }

  #tellOutage(error: AnnalsError): void {
    if (this.#isOutageTold) return;
    this.#isOutageTold = true;
    this.#tell(`${isClientError(error) ? describeClientError(error) : String(error)}; trying again until it works`);
  }

  #tell(message: string): void {
    this.#bar.tell(`annals: ${message}`);
  }
}

/** Resolves with false when the time after a stop request is over. */
function afterStop(signal: AbortSignal, drainForMs: number): Promise<false> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => void wait(drainForMs).then(() => resolve(false)), { once: true });
  });
}
