/**
 * The snapshots that backup clients read by the admin API. Each is leased: one whose client has gone is closed after a
 * while, because it keeps what is deleted from being swept. Leaves out routes and rights (`../admin/backup-routes.ts`).
 */
import { OssError } from '@annals/protocol';
import { EngineFailure, type StoreMaintenance, type StoreSnapshot } from '@annals/store';

/** Each keeps the space of what is deleted meanwhile. */
const SNAPSHOT_COUNT_MAX = 4;
/** Bytes of one answer; beyond it a page ends, and more cannot be asked for. */
const ANSWER_LENGTH_BYTES_MAX = 8 * 1024 * 1024;
/** A page of rows ends behind this many bytes. */
const PAGE_LENGTH_BYTES = 4 * 1024 * 1024;
const PAGE_ROW_COUNT_MAX = 4096;
const BLOB_ENTRY_LENGTH_BYTES = 24;
const PAGE_BLOB_COUNT_MAX = 16_384;

/** What the API shows of a snapshot. */
export interface ShownSnapshot {
  readonly id: string;
  readonly openedAtMs: number;
  readonly usedAtMs: number;
  /** `rows`: rows and the list of blobs can still be read. */
  readonly phase: 'rows' | 'blobs';
}

interface Lease {
  readonly snapshot: StoreSnapshot;
  readonly openedAtMs: number;
  usedAtMs: number;
  phase: 'rows' | 'blobs';
  /** Answers that are being made; the lease does not end under them. */
  useCount: number;
}

/** What is needed to open some. */
export interface OpenSnapshotsOptions {
  readonly maintenance: Pick<StoreMaintenance, 'snapshot'>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly random: (byteCount: number) => Uint8Array;
  /** How long an unused snapshot stays open. */
  readonly idleTimeoutMs: number;
  /** Called when one was closed because its client had gone. Default: nothing is called. */
  readonly onAbandoned?: (snapshot: ShownSnapshot) => void;
  /** Called when the engine could not close an unused one. Default: nothing is called. */
  readonly onFailure?: (error: unknown) => void;
}

/** What a look from outside shows of all that are open. */
export interface SnapshotFigures {
  readonly openCount: number;
  /** Since the oldest was opened; 0 when none is open. */
  readonly oldestAgeMs: number;
  /** Closed because their clients had gone, since the start. */
  readonly abandonedCount: number;
}

/** All that are open. */
export class OpenSnapshots {
  readonly #options: OpenSnapshotsOptions;
  readonly #leases = new Map<string, Lease>();
  #timer: NodeJS.Timeout | undefined;
  /** Being opened: they count, so that many at once are not more than one after the other. */
  #openingCount = 0;
  #abandonedCount = 0;

  constructor(options: OpenSnapshotsOptions) {
    this.#options = options;
  }

  /** Opens one. @throws {OssError} 503 when too many are open. */
  async open(): Promise<ShownSnapshot> {
    await this.closeIdle();
    if (this.#leases.size + this.#openingCount >= SNAPSHOT_COUNT_MAX) {
      throw new OssError('ServiceUnavailable', {
        message: `${SNAPSHOT_COUNT_MAX} backups read from this server already. Wait for one of them, or end it.`,
      });
    }
    this.#openingCount += 1;
    const snapshot = await this.#options.maintenance.snapshot().finally(() => {
      this.#openingCount -= 1;
    });
    const id = Buffer.from(this.#options.random(16)).toString('hex');
    const atMs = this.#options.clock();
    this.#leases.set(id, { snapshot, openedAtMs: atMs, usedAtMs: atMs, phase: 'rows', useCount: 0 });
    this.#timer ??= setInterval(() => void this.closeIdle(), this.#options.idleTimeoutMs / 4).unref();
    return this.#shown(id);
  }

  list(): readonly ShownSnapshot[] {
    return [...this.#leases.keys()].map((id) => this.#shown(id));
  }

  /** How many are open and since when: each holds back space. */
  figures(): SnapshotFigures {
    const openedAtMs = [...this.#leases.values()].map((lease) => lease.openedAtMs);
    return {
      openCount: openedAtMs.length,
      oldestAgeMs: openedAtMs.length === 0 ? 0 : Math.max(0, this.#options.clock() - Math.min(...openedAtMs)),
      abandonedCount: this.#abandonedCount,
    };
  }

  /** Keeps one open. */
  renew(id: string): Promise<ShownSnapshot> {
    return this.#use(id, async () => this.#shown(id));
  }

  /**
   * @param after Key of the last row that was read, in hex; empty: from the beginning.
   * @returns Rows, each as the length of its key, that of its value (32 bits each, big-endian), key and value; none:
   * there are no more.
   */
  readRows(id: string, after: string): Promise<Uint8Array> {
    return this.#use(id, async ({ snapshot }) => {
      const pieces: Uint8Array[] = [];
      let lengthBytes = 0;
      let rowCount = 0;
      let last: Uint8Array | undefined = after === '' ? undefined : Buffer.from(after, 'hex');
      while (lengthBytes < PAGE_LENGTH_BYTES && rowCount < PAGE_ROW_COUNT_MAX) {
        const rows = await snapshot.listRows(last);
        for (const { key, value } of rows) {
          const head = Buffer.allocUnsafe(8);
          head.writeUInt32BE(key.length, 0);
          head.writeUInt32BE(value.length, 4);
          pieces.push(head, key, value);
          lengthBytes += 8 + key.length + value.length;
        }
        rowCount += rows.length;
        last = rows.at(-1)?.key;
        if (last === undefined) break;
        await nextTurn();
      }
      return Buffer.concat(pieces);
    });
  }

  /**
   * @param after Where the page before said to go on; empty: from the beginning.
   * @returns 16 bytes to go on from, all zero at the end; then blobs, each as its id and its length (64 bits,
   * big-endian).
   */
  readBlobList(id: string, after: string): Promise<Uint8Array> {
    return this.#use(id, async ({ snapshot }) => {
      const entries: Uint8Array[] = [];
      let next: string | undefined = after === '' ? undefined : after;
      do {
        const page = await snapshot.listBlobs(next);
        for (const { blobId, length } of page.blobs) {
          const entry = Buffer.allocUnsafe(BLOB_ENTRY_LENGTH_BYTES);
          entry.write(blobId, 'hex');
          entry.writeBigUInt64BE(BigInt(length), 16);
          entries.push(entry);
        }
        next = page.next;
        await nextTurn();
      } while (next !== undefined && entries.length < PAGE_BLOB_COUNT_MAX);
      return Buffer.concat([Buffer.from(next ?? '0'.repeat(32), 'hex'), ...entries]);
    });
  }

  /** Ends the reading of rows. */
  releaseRows(id: string): Promise<void> {
    return this.#use(id, async (lease) => {
      lease.phase = 'blobs';
      await lease.snapshot.releaseRows();
    });
  }

  /** @throws {OssError} 409 when the blob is damaged or gone; 400 for a range that cannot be asked for. */
  readBlob(id: string, blobId: string, start: number, end: number): Promise<Uint8Array> {
    const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
    if (!isRange || end - start > ANSWER_LENGTH_BYTES_MAX) {
      throw new OssError('InvalidArgument', { message: `Bytes ${start} to ${end} cannot be read at once.` });
    }
    return this.#use(id, async ({ snapshot }) => {
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of snapshot.readBlob(blobId, { start, end })) chunks.push(chunk);
      } catch (error) {
        if (
          error instanceof EngineFailure &&
          (error.reason.kind === 'corrupt' || error.reason.kind === 'missing-blob')
        ) {
          throw new OssError('InvalidObjectState', {
            status: 409,
            message: `Blob ${blobId} cannot be read: ${error.reason.kind === 'corrupt' ? error.reason.detail : 'it is missing'}.`,
          });
        }
        throw error;
      }
      return Buffer.concat(chunks);
    });
  }

  /** Closes one; that there is none is no error. */
  async close(id: string): Promise<void> {
    const lease = this.#leases.get(id);
    this.#leases.delete(id);
    if (this.#leases.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    await lease?.snapshot.close();
  }

  /** Closes those whose clients have gone. Never throws: a timer calls it. */
  async closeIdle(): Promise<void> {
    const { clock, idleTimeoutMs, onAbandoned, onFailure } = this.#options;
    const endedAtMs = clock() - idleTimeoutMs;
    for (const [id, lease] of this.#leases) {
      if (lease.useCount > 0 || lease.usedAtMs >= endedAtMs) continue;
      const shown = this.#shown(id);
      this.#abandonedCount += 1;
      await this.close(id).catch(onFailure);
      onAbandoned?.(shown);
    }
  }

  /** Closes all. */
  async closeAll(): Promise<void> {
    for (const id of [...this.#leases.keys()]) await this.close(id);
  }

  async #use<Result>(id: string, work: (lease: Lease) => Promise<Result>): Promise<Result> {
    const lease = this.#leases.get(id);
    if (lease === undefined) {
      throw new OssError('InvalidArgument', {
        status: 404,
        message: `There is no snapshot "${id}" at this server: it is of another gateway, or of one that has ended, or was not used for ${this.#options.idleTimeoutMs / 1000} seconds. Begin the backup again at the address of one gateway; it does not copy again what it has copied.`,
      });
    }
    lease.useCount += 1;
    try {
      return await work(lease);
    } finally {
      lease.useCount -= 1;
      lease.usedAtMs = this.#options.clock();
    }
  }

  #shown(id: string): ShownSnapshot {
    const { openedAtMs, usedAtMs, phase } = this.#leases.get(id) as Lease;
    return { id, openedAtMs, usedAtMs, phase };
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
