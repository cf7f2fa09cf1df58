/**
 * Collects what happened to buckets that are logged and appends it to objects of their target buckets: one object per
 * bucket, hour and process. Noting costs an entry in memory; nothing here delays or fails a request. Entries wait in
 * bounded memory: beyond the bound they are dropped and counted, and what waits at a crash is lost. Leaves out the
 * lines (`access-line.ts`).
 */
import { randomBytes } from 'node:crypto';
import { type BodySource, type BucketRecord, isFailure, type ObjectStore, StoreFailure } from '@annals/store';
import type { Logger } from 'pino';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import { defaultEncryption } from '../bucket-configuration/default-encryption.js';
import { findBucket } from '../bucket-configuration/find-bucket.js';
import type { AccessLogSettings } from '../settings.js';
import { type AccessEntry, formatAccessLine } from './access-line.js';

/** What an access log is built from. */
export interface AccessLogOptions {
  readonly store: ObjectStore;
  readonly settings: AccessLogSettings;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Tells this process's objects from another's. Default: random. */
  readonly uniqueName?: () => string;
}

/** Objects of several gateways lie side by side, one for each hour and bucket: two names must not meet in years. */
const UNIQUE_LENGTH_BYTES = 8;
/** Besides the texts: the entry itself and its place in a list. */
const ENTRY_LENGTH_BYTES = 300;
const HOUR_MS = 3_600_000;
/** Buckets known to be unlogged at the last look; more are asked about again. */
const UNLOGGED_COUNT_MAX = 10_000;

/** An object that lines are appended to. */
interface LogObject {
  readonly bucket: string;
  readonly key: string;
  position: number;
}

/** Notes requests and writes them down. */
export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #uniqueName: () => string;
  #waiting: AccessEntry[] = [];
  #waitingLengthBytes = 0;
  #droppedCount = 0;
  #unlogged: ReadonlySet<string> = new Set();
  readonly #objects = new Map<string, LogObject>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: AccessLogOptions) {
    this.#options = options;
    this.#uniqueName = options.uniqueName ?? (() => randomBytes(UNIQUE_LENGTH_BYTES).toString('hex').toUpperCase());
  }

  /** Begins to write at intervals. */
  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), this.#options.settings.flushMs).unref();
  }

  /** @returns False for a bucket that was not logged at the last flush: its entries need not be made. */
  mayBeLogged(bucket: string): boolean {
    return !this.#unlogged.has(bucket);
  }

  /** Remembers a request; never throws. A bucket that starts to be logged is noticed at the next flush. */
  note(entry: AccessEntry): void {
    if (!this.mayBeLogged(entry.bucket)) return;
    const lengthBytes = lengthOf(entry);
    if (this.#waitingLengthBytes + lengthBytes > this.#options.settings.waitingLengthBytesMax) {
      this.#droppedCount += 1;
      return;
    }
    this.#waiting.push(entry);
    this.#waitingLengthBytes += lengthBytes;
  }

  /**
   * Writes what waits. Never rejects: what fails is logged, and lines that the store cannot take now wait for the next
   * time.
   */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush());
    return this.#flushing;
  }

  /** Writes what waits for the last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.flush();
  }

  async #flush(): Promise<void> {
    const entries = this.#waiting;
    this.#waiting = [];
    this.#waitingLengthBytes = 0;
    if (this.#droppedCount > 0) {
      this.#options.log.warn({ droppedCount: this.#droppedCount }, 'access log lines dropped');
      this.#droppedCount = 0;
    }
    const byBucket = new Map<string, AccessEntry[]>([...this.#unlogged].map((bucket) => [bucket, []]));
    for (const entry of entries) {
      const list = byBucket.get(entry.bucket);
      if (list === undefined) byBucket.set(entry.bucket, [entry]);
      else list.push(entry);
    }
    const unlogged = new Set<string>();
    for (const [bucket, list] of byBucket) {
      try {
        if (!(await this.#write(bucket, list)) && unlogged.size < UNLOGGED_COUNT_MAX) unlogged.add(bucket);
      } catch (error) {
        this.#keepOrDrop(error, bucket, list);
      }
    }
    this.#unlogged = unlogged;
    this.#forgetOldObjects();
  }

  /** @returns False when the bucket is not logged, or not there. */
  async #write(bucket: string, entries: readonly AccessEntry[]): Promise<boolean> {
    const { store } = this.#options;
    const source = await findBucket(store, bucket);
    const target = source && configurationsOf(source).logging;
    if (source === undefined || target === undefined) return false;
    if (entries.length === 0) return true;
    const targetBucket = await store.getBucket(target.targetBucket);
    const byHour = new Map<number, string[]>();
    for (const entry of entries) {
      const hour = Math.floor(entry.atMs / HOUR_MS);
      const lines = byHour.get(hour) ?? [];
      lines.push(formatAccessLine(entry, source.ownerId));
      byHour.set(hour, lines);
    }
    for (const [hour, lines] of byHour) {
      const name = `${target.targetPrefix}${bucket}${hourName(hour)}`;
      await this.#append(targetBucket, name, Buffer.from(lines.join(''), 'utf8'));
    }
    return true;
  }

  async #append(target: BucketRecord, name: string, bytes: Uint8Array): Promise<void> {
    const id = `${target.name}/${name}`;
    const object = this.#objects.get(id) ?? this.#begin(id, target.name, name);
    try {
      await this.#appendTo(object, target, bytes);
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      const { reason } = error;
      if (reason.kind === 'position-mismatch') {
        const { lastAppend } = reason;
        const isDone = lastAppend?.position === object.position && lastAppend.length === bytes.length;
        // An earlier attempt of ours whose outcome was unknown took effect.
        object.position = reason.length;
        if (!isDone) await this.#appendTo(object, target, bytes);
        return;
      }
      if (!['too-large', 'sealed', 'not-appendable', 'immutable'].includes(reason.kind)) throw error;
      // That object takes no more; the hour goes on in another.
      await this.#appendTo(this.#begin(id, target.name, name), target, bytes);
    }
  }

  #begin(id: string, bucket: string, name: string): LogObject {
    const object: LogObject = { bucket, key: `${name}-${this.#uniqueName()}`, position: 0 };
    this.#objects.set(id, object);
    return object;
  }

  async #appendTo(object: LogObject, target: BucketRecord, bytes: Uint8Array): Promise<void> {
    const body: BodySource = {
      length: bytes.length,
      async *open() {
        yield bytes;
      },
    };
    const encryption = defaultEncryption(target);
    const { nextPosition } = await this.#options.store.appendObject(
      {
        bucket: object.bucket,
        key: object.key,
        ownerId: target.ownerId,
        callerId: '',
        position: object.position,
        attributes: {
          system: { contentType: 'text/plain' },
          user: {},
          acl: 'default',
          storageClass: target.storageClass === 'IA' ? 'IA' : 'Standard',
          tags: {},
          ...(encryption !== undefined && { encryption }),
        },
        expected: {},
      },
      body,
    );
    object.position = nextPosition;
  }

  #keepOrDrop(error: unknown, bucket: string, entries: readonly AccessEntry[]): void {
    this.#options.log.error({ err: error, bucket, lineCount: entries.length }, 'access log not written');
    const isPassing = isFailure(error) && (error.reason.kind === 'unavailable' || error.reason.kind === 'contended');
    if (isPassing) for (const entry of entries) this.note(entry);
  }

  #forgetOldObjects(): void {
    const oldest = hourName(Math.floor(this.#options.clock() / HOUR_MS) - 2);
    for (const [id] of this.#objects) {
      if (id.slice(-oldest.length) < oldest) this.#objects.delete(id);
    }
  }
}

/** @returns `2026-01-02-03-00-00`. */
function hourName(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString().slice(0, 19).replace(/[T:]/g, '-');
}

function lengthOf({ target, referer, userAgent, host, key }: AccessEntry): number {
  const texts = target.length + (referer?.length ?? 0) + (userAgent?.length ?? 0) + host.length + (key?.length ?? 0);
  return ENTRY_LENGTH_BYTES + texts;
}
