/**
 * Decides what becomes of an append before its bytes matter, in the order callers rely on: type, known id, epoch, seal
 * and retention, position, guard, limit. Leaves out applying it (`object-growth.ts`).
 */
import type { AppendInput, AppendResult } from '../append-types.js';
import type { StoreContext } from '../context/store-context.js';
import { requireAppendsAllowed } from '../rules/object-retention.js';
import { requireGrowable } from '../rules/retention.js';
import { StoreFailure } from '../store-failure.js';
import type { BucketRecord, ObjectHead } from '../types.js';
import type { AppendIds } from './append-ids.js';

/** A lost answer is asked for again within this time, or by a program that keeps what it did. */
const REPEAT_AGE_MS_MAX = 15 * 60_000;

/** An append that was applied before, if its body is that one's. */
export interface Repeat {
  readonly kind: 'repeat';
  /** Of the body that was applied. */
  readonly length: number;
  readonly crc64: bigint;
  readonly result: AppendResult;
  /** What another body is refused with. */
  readonly otherwise: StoreFailure;
}

/** What becomes of an append. */
export type Verdict = Repeat | { readonly kind: 'append'; readonly lengthMax: number };

/** What an append is judged by. */
interface JudgedState {
  readonly bucket: BucketRecord;
  readonly head: ObjectHead | undefined;
  readonly ids: AppendIds | undefined;
}

/**
 * @param bodyLength Bytes, as far as known; 0 stands for unknown, too.
 * @throws {StoreFailure} As `ObjectStore.appendObject`.
 */
export function judgeAppend(
  context: StoreContext,
  input: AppendInput,
  { bucket, head, ids }: JudgedState,
  bodyLength: number,
): Verdict {
  if (head !== undefined && head.type !== 'appendable') {
    throw new StoreFailure({ kind: 'not-appendable', type: head.type });
  }
  const repeat = head === undefined ? undefined : repeatById(input, head, ids);
  if (repeat !== undefined) return repeat;
  const epoch = head?.writerEpoch;
  if (epoch !== undefined && input.writerEpoch !== undefined && input.writerEpoch < epoch) {
    throw new StoreFailure({ kind: 'writer-fenced', epoch });
  }
  if (head?.sealedAtMs !== undefined) throw new StoreFailure({ kind: 'sealed', sealedAtMs: head.sealedAtMs });
  const nowMs = context.clock.nowMs();
  requireAppendsAllowed(bucket);
  if (bodyLength > 0) requireGrowable(bucket, head, nowMs);
  const length = head?.length ?? 0;
  if (input.position !== 'auto' && input.position !== length) {
    const replay = bucket.appendable?.replay ?? context.settings.appendable.replay;
    const last = head !== undefined && replay === 'same-bytes' ? repeatOfLast(input, head, nowMs) : undefined;
    if (last !== undefined) return last;
    throw positionMismatch(head);
  }
  const { objectLengthMax } = input;
  if (objectLengthMax !== undefined && length + bodyLength > objectLengthMax) {
    throw new StoreFailure({ kind: 'guard-exceeded', lengthMax: objectLengthMax });
  }
  const lengthMax = bucket.appendable?.lengthMax ?? context.settings.appendable.lengthMax;
  if (bodyLength > 0 && length + bodyLength > lengthMax) throw new StoreFailure({ kind: 'too-large', lengthMax });
  return { kind: 'append', lengthMax };
}

/** @param head Undefined: there is no object, and 0 would have been the right position. */
export function positionMismatch(head: ObjectHead | undefined): StoreFailure {
  return new StoreFailure({
    kind: 'position-mismatch',
    length: head?.length ?? 0,
    crc64: head?.crc64 ?? 0n,
    ...(head?.lastAppend !== undefined && { lastAppend: head.lastAppend }),
  });
}

function repeatById({ appendId }: AppendInput, head: ObjectHead, ids: AppendIds | undefined): Repeat | undefined {
  const known = appendId === undefined ? undefined : ids?.find(appendId);
  if (appendId === undefined || known === undefined) return undefined;
  const { position, length, crc64, etag, objectCrc64 } = known;
  const nextPosition = position + length;
  return {
    kind: 'repeat',
    length,
    crc64,
    result: {
      head: { ...head, length: nextPosition, etag, crc64: objectCrc64 },
      position,
      nextPosition,
      isReplay: true,
    },
    otherwise: new StoreFailure({ kind: 'append-id-conflict', appendId }),
  };
}

/** An id says for itself whether an append is a repeat; and nobody's appends are not told apart by who sent them. */
function repeatOfLast(input: AppendInput, head: ObjectHead, nowMs: number): Repeat | undefined {
  const { lastAppend } = head;
  if (lastAppend === undefined || input.appendId !== undefined || input.callerId === '') return undefined;
  const { position, length, crc64, atMs, callerId } = lastAppend;
  const isSame = position === input.position && callerId === input.callerId && nowMs - atMs <= REPEAT_AGE_MS_MAX;
  if (!isSame) return undefined;
  return {
    kind: 'repeat',
    length,
    crc64,
    result: { head, position, nextPosition: head.length, isReplay: true },
    otherwise: positionMismatch(head),
  };
}
