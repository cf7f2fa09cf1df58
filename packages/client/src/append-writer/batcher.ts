/**
 * The life of a writer: opens, collects accepted bytes into batches, has one sent at a time, goes on to the next
 * object, drains. A second append at the same time could only overtake the first and be refused, so the next batch is
 * collected meanwhile, not sent.
 */
import { crc64 } from '@annals/checksum';
import type { Connection } from '../connection/connection.js';
import { AnnalsError, OssServiceError } from '../error.js';
import type { AppendWriterProgress, AppendWriterSettings } from './append-writer-options.js';
import type { Backlog, BatchIdentity, WriterState } from './backlog.js';
import { BatchSender, type ObjectExtent } from './batch-sender.js';
import { MemoryBacklog } from './memory-backlog.js';

interface Waiter {
  /** Accepted bytes that must be durable. */
  readonly durableBytes: number;
  resolve(progress: AppendWriterProgress): void;
  reject(reason: unknown): void;
}

/** What an object says that a writer with numbered keys passes by. */
const CLOSED_OBJECT_CODES: ReadonlySet<string> = new Set(['AppendSealedObjectNotAllowed', 'ObjectNotAppendable']);

/** The object would be too long with the batch, because others have written it, too. */
const FULL_OBJECT_CODE = 'AppendMaxLengthExceeded';

/** Moves accepted bytes into objects until it is closed or fails. */
export class Batcher {
  /** Resolves when it is known what was accepted before; rejects when the writer cannot begin. */
  readonly ready: Promise<AppendWriterProgress>;
  readonly #settings: AppendWriterSettings;
  readonly #backlog: Backlog;
  readonly #sender: BatchSender;
  readonly #clock: () => number;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  readonly #waiters: Waiter[] = [];
  #state: WriterState | undefined;
  #acceptedBytes = 0;
  /** Accepted bytes up to which nothing is waited for. */
  #urgentBytes = 0;
  #oldestWaitsSinceMs: number | undefined;
  #isClosing = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(connection: Connection, settings: AppendWriterSettings) {
    this.#settings = settings;
    this.#clock = connection.options.clock ?? Date.now;
    this.#backlog = settings.options.spool ?? new MemoryBacklog(settings.memoryBytesMax);
    this.#sender = new BatchSender(connection, settings, this.#ending.signal);
    const opened = this.#backlog.open((error) => settings.options.onRetry?.(error));
    this.ready = opened.then(({ state, acceptedBytes }) => {
      if (state !== undefined) this.#checkState(state);
      this.#state = state;
      this.#acceptedBytes = acceptedBytes;
      if (this.#backlog.waitingBytes > 0) this.#oldestWaitsSinceMs = performance.now();
      return this.progress;
    });
    this.ready.catch(() => undefined);
    this.#running = this.#run().catch((reason: unknown) => this.#fail(reason));
  }

  /** Resolves when nothing is sent any more, whatever ended the writer. */
  get ended(): Promise<void> {
    return this.#running;
  }

  get progress(): AppendWriterProgress {
    const hasSpool = this.#settings.options.spool !== undefined;
    return {
      key: this.#state?.key,
      position: this.#state?.position ?? 0,
      crc64: this.#settings.position === 'auto' ? undefined : this.#state?.crc64,
      acceptedBytes: this.#acceptedBytes,
      durableBytes: this.#state?.durableBytes ?? 0,
      spooledBytes: hasSpool ? this.#acceptedBytes - (this.#state?.durableBytes ?? 0) : 0,
    };
  }

  /** Resolves when the bytes are accepted. @throws {AnnalsError} What ended the writer. */
  async accept(bytes: Uint8Array): Promise<void> {
    await this.ready;
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (bytes.length === 0) return;
    await this.#backlog.push(bytes);
    this.#acceptedBytes += bytes.length;
    this.#oldestWaitsSinceMs ??= performance.now();
    this.#wake();
  }

  /** Resolves when everything accepted is durable. @throws {AnnalsError} What ended the writer. */
  async flush(): Promise<AppendWriterProgress> {
    await this.ready;
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.reason);
      this.#urgentBytes = this.#acceptedBytes;
      this.#waiters.push({ durableBytes: this.#acceptedBytes, resolve, reject });
      this.#answerWaiters();
      this.#wake();
    });
  }

  /** Resolves when everything accepted is durable and the backlog is closed. @throws {AnnalsError} As `flush`. */
  async close(): Promise<AppendWriterProgress> {
    this.#isClosing = true;
    this.#wake();
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure.reason;
    return this.progress;
  }

  /** Ends at once, within a try. */
  async abort(reason: unknown): Promise<void> {
    this.#ending.abort(reason);
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    await this.ready;
    if (this.#state === undefined) this.#state = await this.#begin();
    let state = this.#state;
    this.#answerWaiters();
    if (state.underWay !== undefined) state = await this.#finishUnderWay(state, state.underWay);
    while (await this.#waitForBatch()) {
      const isPastRoll = this.#backlog.isAtChunkStart && this.#isPastRoll(state);
      if (isPastRoll) state = await this.#goOn(state);
      let bytes = await this.#takeBatch(state);
      while (bytes === undefined) {
        state = await this.#goOn(state);
        bytes = await this.#takeBatch(state);
      }
      this.#oldestWaitsSinceMs = this.#backlog.waitingBytes > 0 ? performance.now() : undefined;
      const underWay = { id: `${state.writerId}-${state.durableBytes}`, length: bytes.length, crc64: crc64(bytes) };
      await this.#backlog.remember({ ...state, underWay });
      state = await this.#send(state, underWay, bytes, false);
    }
    await this.#backlog.remember(state);
    await this.#backlog.close();
  }

  /** A spool goes on with the objects it was begun for, and with no others. */
  #checkState({ bucket, key, begunAtMs, sequence }: WriterState): void {
    const { bucket: wantedBucket, pattern } = this.#settings;
    if (bucket === wantedBucket && key === pattern.keyAt(begunAtMs, sequence)) return;
    throw new AnnalsError(
      'InvalidInput',
      `Cannot append to oss://${wantedBucket}/${pattern.text}: the spool belongs to oss://${bucket}/${key}; choose another folder for this object`,
      { outcome: 'not-applied' },
    );
  }

  /** The first object of a writer that has no past. */
  async #begin(): Promise<WriterState> {
    const { position, bucket } = this.#settings;
    const writerId = globalThis.crypto.randomUUID();
    const state = await this.#openNext(writerId, 0, 0);
    if (typeof position === 'string' || position === state.position) return state;
    throw new AnnalsError(
      'PositionTaken',
      `Cannot append to oss://${bucket}/${state.key} at position ${position}: the object has a length of ${state.position}`,
      { outcome: 'not-applied' },
    );
  }

  /** The next object. */
  async #goOn(state: WriterState): Promise<WriterState> {
    const { pattern } = this.#settings;
    const isSamePeriod = pattern.periodAt(this.#clock()) === pattern.periodAt(state.begunAtMs);
    const next = await this.#openNext(state.writerId, isSamePeriod ? state.sequence + 1 : 0, state.durableBytes);
    this.#state = next;
    return next;
  }

  /** Opens the first object from a number on that can grow; one that has its size already is passed by. */
  async #openNext(writerId: string, firstSequence: number, durableBytes: number): Promise<WriterState> {
    const { bucket, pattern, rollSizeBytes } = this.#settings;
    for (let sequence = firstSequence; ; sequence += 1) {
      const begunAtMs = this.#clock();
      const key = pattern.keyAt(begunAtMs, sequence);
      try {
        const found = await this.#findEnd(key, writerId);
        if (pattern.hasSequence && found.position >= rollSizeBytes) continue;
        return { writerId, bucket, key, sequence, begunAtMs, ...found, durableBytes };
      } catch (error) {
        const isClosed = error instanceof OssServiceError && CLOSED_OBJECT_CODES.has(error.code);
        if (!isClosed || !pattern.hasSequence) throw error;
      }
    }
  }

  #findEnd(key: string, writerId: string): Promise<ObjectExtent> {
    if (this.#settings.position !== 'auto') return this.#sender.findEnd(key);
    return this.#sender.sendAnywhere({ key, id: `${writerId}-begin`, bytes: new Uint8Array(0) });
  }

  #isPastRoll(state: WriterState): boolean {
    const { pattern, rollAgeMs } = this.#settings;
    const nowMs = this.#clock();
    if (pattern.hasFields && pattern.periodAt(nowMs) !== pattern.periodAt(state.begunAtMs)) return true;
    return state.position > 0 && nowMs - state.begunAtMs >= rollAgeMs;
  }

  /** @returns `undefined` when the next chunk has no room in this object. */
  async #takeBatch(state: WriterState): Promise<Uint8Array | undefined> {
    const { batchBytes, rollSizeBytes } = this.#settings;
    const roomBytes = rollSizeBytes - state.position;
    const isShared = this.#settings.position === 'auto';
    if (roomBytes >= batchBytes && !isShared) return this.#backlog.take(batchBytes);
    const nextChunkBytes = await this.#backlog.nextChunkBytes();
    if (this.#backlog.isAtChunkStart && state.position > 0 && nextChunkBytes > roomBytes) return undefined;
    const lengthBytes = Math.min(batchBytes, Math.max(roomBytes, nextChunkBytes));
    // Bytes of others must not come between two parts of a chunk.
    return this.#backlog.take(isShared ? Math.max(lengthBytes, nextChunkBytes) : lengthBytes);
  }

  /** Waits until a batch is worth sending. @returns False when nothing will come any more. */
  async #waitForBatch(): Promise<boolean> {
    const { batchBytes, lingerMs } = this.#settings;
    for (;;) {
      if (this.#ending.signal.aborted) throw this.#aborted();
      const { waitingBytes } = this.#backlog;
      const durableBytes = this.#state?.durableBytes ?? 0;
      if (waitingBytes >= batchBytes || (waitingBytes > 0 && (this.#isClosing || this.#urgentBytes > durableBytes))) {
        return true;
      }
      if (waitingBytes === 0 && this.#isClosing) return false;
      const waitedMs = this.#oldestWaitsSinceMs === undefined ? 0 : performance.now() - this.#oldestWaitsSinceMs;
      if (waitingBytes > 0 && waitedMs >= lingerMs) return true;
      await this.#sleep(waitingBytes > 0 ? lingerMs - waitedMs : undefined);
    }
  }

  #sleep(durationMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = durationMs === undefined ? undefined : setTimeout(resolve, durationMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** A batch that the process before may have sent is cut again exactly as it was, and finished first. */
  async #finishUnderWay(state: WriterState, underWay: BatchIdentity): Promise<WriterState> {
    const bytes = await this.#backlog.take(underWay.length);
    if (bytes === undefined || bytes.length !== underWay.length || crc64(bytes) !== underWay.crc64) {
      throw new AnnalsError(
        'SpoolDamaged',
        `Cannot go on with oss://${this.#settings.bucket}/${state.key}: the spool has other bytes than those sent last`,
        { outcome: 'unknown' },
      );
    }
    return this.#send(state, underWay, bytes, true);
  }

  async #send(
    before: WriterState,
    underWay: BatchIdentity,
    bytes: Uint8Array,
    isInDoubt: boolean,
  ): Promise<WriterState> {
    let state = before;
    let after: ObjectExtent;
    if (this.#settings.position === 'auto') {
      ({ state, after } = await this.#sendAnywhere(before, underWay, bytes));
    } else {
      const { key, position, crc64: crc64Before } = before;
      after = await this.#sender.send({
        ...{ key, id: underWay.id, bytes, isInDoubt },
        before: { position, crc64: crc64Before },
      });
    }
    const { underWay: _, ...rest } = state;
    const next: WriterState = { ...rest, ...after, durableBytes: state.durableBytes + bytes.length };
    this.#state = next;
    // With a spool it is remembered with the next batch; until then a repetition would be found out.
    if (this.#backlog.waitingBytes === 0 || this.#settings.options.spool === undefined) {
      await this.#backlog.remember(next);
    }
    this.#settings.options.onProgress?.(this.progress);
    this.#answerWaiters();
    return next;
  }

  /** Appends at the end of the first object that takes the batch. @returns That object, before and after. */
  async #sendAnywhere(
    first: WriterState,
    underWay: BatchIdentity,
    bytes: Uint8Array,
  ): Promise<{ state: WriterState; after: ObjectExtent }> {
    const { pattern, rollSizeBytes } = this.#settings;
    const maxLengthBytes = bytes.length <= rollSizeBytes && rollSizeBytes < Infinity ? rollSizeBytes : undefined;
    for (let state = first; ; ) {
      try {
        const batch = { key: state.key, id: underWay.id, bytes };
        return { state, after: await this.#sender.sendAnywhere(batch, maxLengthBytes) };
      } catch (error) {
        if (!(error instanceof OssServiceError && pattern.hasSequence)) throw error;
        if (error.code !== FULL_OBJECT_CODE && !CLOSED_OBJECT_CODES.has(error.code)) throw error;
        state = await this.#goOn(state);
        await this.#backlog.remember({ ...state, underWay });
      }
    }
  }

  #answerWaiters(): void {
    const durableBytes = this.#state?.durableBytes ?? -1;
    for (const waiter of this.#waiters.splice(0)) {
      if (waiter.durableBytes <= durableBytes) waiter.resolve(this.progress);
      else this.#waiters.push(waiter);
    }
  }

  async #fail(reason: unknown): Promise<void> {
    this.#failure = { reason };
    this.#backlog.fail(reason);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(reason);
    await this.#backlog.close();
  }

  #aborted(): AnnalsError {
    return new AnnalsError('Aborted', `Cannot append to ${this.#settings.pattern.text}: the writer was ended`, {
      outcome: 'not-applied',
      cause: this.#ending.signal.reason,
    });
  }
}
