/**
 * The segments of several processes of one server: each worker lets short blobs into segments of its own, and the
 * process that keeps the store cleans all of them. Both tell each other in notes, which stand in order with the commits
 * of the worker. So the cleaner hears of a segment before any row names a blob in it, takes it for open until every
 * blob in it has its row or is given up, and touches no file that it was not told of. Leaves out readers: one that
 * finds a segment deleted reads the row again (`read-content.ts`).
 */
import type { BlobId, BlobSegments } from '../../contract/blob-store.js';
import type { BlobsInUse } from './blobs-in-use.js';
import type { SegmentLedger } from './segment-ledger.js';

/** Sends a note. */
export type TellNote = (note: string) => void;

/** Words of a worker, each with the id of a segment or, of a death, of a blob; and the last one, of the owner. */
const NOTES = ['opened', 'closed', 'died', 'deleted'] as const;
type Note = (typeof NOTES)[number];

function write(note: Note, id: string): string {
  return `${note} ${id}`;
}

/** @throws {RangeError} It is no note: the other end is of another build, or the stream is broken. */
function read(text: string): { readonly note: Note; readonly id: string } {
  const [word = '', id = ''] = text.split(' ');
  const note = NOTES.find((known) => known === word);
  if (note === undefined) throw new RangeError(`Cannot understand the note "${text}"`);
  return { note, id };
}

/** The end of the process that keeps the store. */
export class SegmentsOfWorkers {
  readonly #segments: BlobSegments;
  readonly #ledger: Pick<SegmentLedger, 'noteDeath'>;
  /** Those that each worker lets blobs into, or is about to publish blobs of. */
  readonly #open = new Map<object, Set<string>>();

  /** @param tell Sends to all workers. */
  constructor(segments: BlobSegments, ledger: Pick<SegmentLedger, 'noteDeath'>, tell: TellNote) {
    this.#segments = segments;
    this.#ledger = ledger;
    segments.observe({
      opened: () => undefined,
      closed: () => undefined,
      deleted: (segmentId) => tell(write('deleted', segmentId)),
    });
  }

  /** @param worker Which one says it. @throws {RangeError} It is no note. */
  receive(worker: object, text: string): void {
    const { note, id } = read(text);
    if (note === 'died') this.#ledger.noteDeath(id);
    else if (note === 'closed') this.#release(worker, id);
    else if (note === 'opened') {
      this.#segments.adopt(id);
      const open = this.#open.get(worker) ?? new Set();
      this.#open.set(worker, open.add(id));
    }
  }

  /** The worker has ended, and none of its commits is under way. Idempotent. */
  ended(worker: object): void {
    for (const segmentId of this.#open.get(worker) ?? []) this.#segments.release(segmentId);
    this.#open.delete(worker);
  }

  #release(worker: object, segmentId: string): void {
    this.#segments.release(segmentId);
    this.#open.get(worker)?.delete(segmentId);
  }
}

/** The end of one worker. */
export class SegmentsOfWorker {
  readonly #segments: BlobSegments;
  readonly #tell: TellNote;

  /** @param tell Sends to the process that keeps the store, in order with commits. */
  constructor(segments: BlobSegments, blobsInUse: Pick<BlobsInUse, 'whenUnused'>, tell: TellNote) {
    this.#segments = segments;
    this.#tell = tell;
    segments.observe({
      opened: (segmentId) => tell(write('opened', segmentId)),
      closed: (segmentId) => blobsInUse.whenUnused(segmentId, () => tell(write('closed', segmentId))),
      deleted: () => undefined,
    });
  }

  /** A blob that was put is part of nothing. */
  died(blobId: BlobId): void {
    if (this.#segments.segmentOf(blobId) !== undefined) this.#tell(write('died', blobId));
  }

  /** @throws {RangeError} It is no note. */
  receive(text: string): void {
    const { note, id } = read(text);
    if (note === 'deleted') this.#segments.forget(id);
  }
}
