/**
 * A running server as the source of a backup, by its admin API. The server keeps the moment for as long as it hears
 * from us.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { callAdmin, readAdmin, type SignedConnection } from '../admin/admin-client.js';
import { readPart } from '../admin/read-answer.js';
import { CommandFailure } from '../command-failure.js';
import { type BackupRow, decodeRows } from './backup-format.js';
import { type BackupSource, type SourceBlob, SourceBlobDamaged } from './backup-source.js';

const RENEWAL_MS = 30_000;
const ATTEMPT_COUNT_MAX = 4;
const FIRST_PAUSE_MS = 250;
const ID_LENGTH_BYTES = 16;
const BLOB_LENGTH_BYTES = 24;
const STATUS_DAMAGED = 409;

const snapshotSchema = z.object({ id: z.string(), openedAtMs: z.number() });

/** Opens a snapshot of the server. @throws {CommandFailure} The server cannot be reached, or refuses. */
export async function openServerSource(connection: SignedConnection): Promise<BackupSource> {
  const { snapshot } = await callAdmin(connection, 'POST', ['snapshots']);
  const { id, openedAtMs } = readPart(snapshot, 'snapshot', snapshotSchema);
  return new ServerSource(connection, id, openedAtMs);
}

class ServerSource implements BackupSource {
  readonly momentAtMs: number;
  readonly #connection: SignedConnection;
  readonly #id: string;
  readonly #renewal: NodeJS.Timeout;

  constructor(connection: SignedConnection, id: string, openedAtMs: number) {
    this.#connection = connection;
    this.#id = id;
    this.momentAtMs = openedAtMs;
    // While the target is slow nothing else is asked.
    this.#renewal = setInterval(() => {
      callAdmin(connection, 'GET', ['snapshots', id]).catch(() => undefined);
    }, RENEWAL_MS).unref();
  }

  async *rows(): AsyncGenerator<BackupRow> {
    let after = '-';
    for (;;) {
      const bytes = await this.#read(['rows', after]);
      if (bytes.length === 0) return;
      for (const row of decodeRows(bytes)) {
        after = Buffer.from(row.key).toString('hex');
        yield row;
      }
    }
  }

  async *blobs(): AsyncGenerator<SourceBlob> {
    let after = '-';
    do {
      const bytes = Buffer.from(await this.#read(['blobs', after]));
      for (let at = ID_LENGTH_BYTES; at < bytes.length; at += BLOB_LENGTH_BYTES) {
        yield {
          blobId: bytes.toString('hex', at, at + ID_LENGTH_BYTES),
          length: Number(bytes.readBigUInt64BE(at + ID_LENGTH_BYTES)),
        };
      }
      after = bytes.toString('hex', 0, ID_LENGTH_BYTES);
    } while (!/^0*$/.test(after));
  }

  async releaseRows(): Promise<void> {
    await callAdmin(this.#connection, 'POST', ['snapshots', this.#id, 'release-rows']);
  }

  readBlob(blobId: string, start: number, end: number): Promise<Uint8Array> {
    return this.#read(['blobs', blobId, String(start), String(end)]);
  }

  async close(): Promise<void> {
    clearInterval(this.#renewal);
    await callAdmin(this.#connection, 'DELETE', ['snapshots', this.#id]);
  }

  /** Again after what passes by itself: reading changes nothing. */
  async #read(path: readonly string[]): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await readAdmin(this.#connection, ['snapshots', this.#id, ...path]).catch((error: unknown) => {
        if (!(error instanceof CommandFailure) || attempt === ATTEMPT_COUNT_MAX) throw error;
        return undefined;
      });
      if (answer?.bytes !== undefined) return answer.bytes;
      if (answer?.status === STATUS_DAMAGED) throw new SourceBlobDamaged(answer.message);
      if (answer !== undefined && (answer.status < 500 || attempt === ATTEMPT_COUNT_MAX))
        throw new CommandFailure(answer.message);
      await wait(FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
}
