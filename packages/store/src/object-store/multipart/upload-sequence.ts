/**
 * An upload whose parts come in order. That is all the promise there is to its client; what it buys is an MD5 of the
 * whole, which goes on from part to part in the row of the upload. Leaves out the parts themselves (`upload-part.ts`).
 */
import { ResumableMd5 } from '@annals/checksum';
import type { PartRecord, UploadRecord, UploadSequence } from '../multipart-types.js';
import { StoreFailure } from '../store-failure.js';
import type { BodySource } from '../types.js';

/** The sequence of an upload without parts. */
export async function beginSequence(): Promise<UploadSequence> {
  const state = (await ResumableMd5.open()).save();
  return { partNumber: 0, md5: { before: state, behind: state } };
}

/** One part of a sequence on its way. */
export interface SequenceStep {
  /** Hashes the body along. */
  readonly body: BodySource;
  /**
   * @returns The sequence behind the part, once the body was read to its end.
   * @throws {StoreFailure} `part-not-sequential` when another part came meanwhile.
   */
  after(upload: UploadRecord): UploadSequence;
}

/**
 * @returns `undefined` for an upload whose parts come in any order.
 * @throws {StoreFailure} `part-not-sequential`: the part is neither the next one nor the last one again.
 */
export async function stepOf(
  upload: UploadRecord,
  partNumber: number,
  body: BodySource,
): Promise<SequenceStep | undefined> {
  const { sequence } = upload;
  if (sequence === undefined) return undefined;
  requireSequential(sequence, partNumber);
  const before = partNumber === sequence.partNumber ? sequence.md5?.before : sequence.md5?.behind;
  const hasher = before && (await openState(before));
  // Deciding may be repeated; the hash is not.
  let after: UploadSequence | undefined;
  return {
    body: {
      length: body.length,
      async *open() {
        for await (const piece of body.open()) {
          hasher?.update(piece);
          yield piece;
        }
      },
    },
    after({ sequence: now }) {
      if (now === undefined || !isSame(sequence, now)) throw notSequential(partNumber);
      after ??= {
        partNumber,
        ...(before !== undefined && hasher !== undefined && { md5: { before, behind: hasher.save() } }),
      };
      return after;
    },
  };
}

/** @returns MD5 of the whole when it is known of just these parts: all there are, without a gap. */
export async function md5OfSequence(
  { sequence }: UploadRecord,
  parts: readonly PartRecord[],
): Promise<Uint8Array | undefined> {
  if (sequence?.md5 === undefined || parts.length !== sequence.partNumber) return undefined;
  return (await openState(sequence.md5.behind))?.digest();
}

function requireSequential({ partNumber: last }: UploadSequence, partNumber: number): void {
  if (partNumber !== last + 1 && partNumber !== Math.max(1, last)) throw notSequential(partNumber);
}

function notSequential(partNumber: number): StoreFailure {
  return new StoreFailure({ kind: 'part-not-sequential', partNumber });
}

/** A state that another version of the library has left is not read: there is no MD5 then, and nothing else is lost. */
async function openState(state: Uint8Array): Promise<ResumableMd5 | undefined> {
  try {
    return await ResumableMd5.open(state);
  } catch {
    return undefined;
  }
}

function isSame(one: UploadSequence, other: UploadSequence): boolean {
  if (one.partNumber !== other.partNumber) return false;
  const [state, otherState] = [one.md5?.behind, other.md5?.behind];
  if (state === undefined || otherState === undefined) return state === otherState;
  return Buffer.compare(state, otherState) === 0;
}
