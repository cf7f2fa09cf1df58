/**
 * The one way in which a body becomes part of the store. Every operation that brings bytes goes it, in this order:
 *
 * 1. Read the rows that the write rests on, and refuse what could not be committed anyway. The body is still unread.
 *    Of a write that was made before, the body is only compared with the one that was applied, and the way ends here.
 * 2. Ask the quotas for room, then wait while garbage has to be swept first.
 * 3. Prepare the content that the body becomes part of.
 * 4. Receive the body: hash it, put it where it will stay, hold it against its length and its digests.
 * 5. Commit. The rows from step 1 are tried first, and the checks of the commit tell whether they are still so; after a
 *    lost race they are read and decided on again. Whatever fails takes the bytes back.
 *
 * Leaves out what differs between the operations: which rows these are, what they refuse, what is committed. That is a
 * {@link BodyWrite}. Leaves out the bytes too: `receive-body.ts`.
 */
import { commitLoop, type Decision } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import type { WriteKind } from '../context/write-brake.js';
import { StoreFailure } from '../store-failure.js';
import type { BodySource, ExpectedDigests } from '../types.js';
import { type DigestedBody, digestBody, type ReceivedBody, receiveBody } from './receive-body.js';
import type { TargetContent } from './target-content.js';

/** What a body must keep to, and what it is counted as, once its write is admitted. */
export interface WriteTerms {
  /** Bytes of the body at most. */
  readonly lengthMax: number;
  /** Reported when the body is longer: the limit that the caller knows. Default: `lengthMax`. */
  readonly reportedLengthMax?: number;
  /** Where in its content the body begins. Default: 0. */
  readonly offset?: number;
  /**
   * Objects that come with the body: the quotas are asked for room for them and for the body. Undefined: they are not
   * asked before they judge the commit, as where the body takes the place of another.
   */
  readonly objectCount: number | undefined;
  /** Tells how long the write waits while garbage has to be swept. Undefined: its caller has waited. */
  readonly kind: WriteKind | undefined;
}

/** A write that was made before: its body is received and compared with the one that was applied, and not kept. */
export interface RepeatedWrite<Result> {
  /** Bytes of the body that was applied. */
  readonly appliedLength: number;
  /** What a body of another length is refused with, as soon as its length shows. */
  readonly otherwise: StoreFailure;
  /**
   * @returns What the write is answered with.
   * @throws {StoreFailure} The body is another one.
   */
  answer(body: DigestedBody): Result;
}

/** A body that is all here and verified, and the content that it was prepared for. */
export interface Arrival {
  readonly received: ReceivedBody;
  readonly content: TargetContent;
}

/** What one kind of write knows: the rows it rests on, what it refuses, and what it commits. */
export interface BodyWrite<State, Result> {
  /** Whose quotas count. */
  readonly bucket: string;
  readonly expected: ExpectedDigests;
  /** Compute the MD5 even if none is expected. */
  readonly wantsMd5: boolean;
  /** Whether the compactor merges what lies in the rows of the content. Default: no. */
  readonly isCompacted?: boolean;
  /**
   * Reads the rows that the write rests on; again after each lost race.
   * @throws {StoreFailure} What is written to does not exist.
   */
  read(): Promise<State>;
  /**
   * Called once, before the body is read; its length is held against the terms right after.
   * @returns The terms; or that the write was made before, and the steps behind this one are left out.
   * @throws {StoreFailure} Whatever the body contains, the write could not be committed.
   */
  admit(state: State): WriteTerms | RepeatedWrite<Result>;
  /**
   * Called once, when the body may come.
   * @throws {StoreFailure} What is refused last.
   * @throws {EngineFailure} `key-unavailable`, `corrupt`.
   */
  prepare(state: State): Promise<TargetContent>;
  /**
   * Decides what to commit, which must check every row that it rests on; without a commit it is asked again with rows
   * read after the body.
   * @param admitted The rows that `admit` and `prepare` saw.
   * @throws {StoreFailure} Other writes have made this one impossible.
   */
  decide(state: State, arrival: Arrival, admitted: State): Promise<Decision<Result>> | Decision<Result>;
  /**
   * In place of `decide`: commits the body by itself, in one commit with others.
   * @param admitted The rows that `admit` and `prepare` saw.
   * @throws {StoreFailure} Nothing of the body was committed.
   */
  publish?(arrival: Arrival, admitted: State): Promise<Result>;
  /** Tells that the body became no part of the store after all. Default: it always does. */
  isUnused?(result: Result): boolean;
}

/**
 * Receives a body and commits it; one commit, unless races are lost.
 * @throws {StoreFailure} in this order: what `read` and `admit` throw, `too-large` for a body that says so itself,
 *   `quota-exceeded`; what the body's stream throws, `too-large`, `digest-mismatch`; what `decide` throws, `contended`.
 */
export async function writeBody<State, Result>(
  context: StoreContext,
  body: BodySource,
  write: BodyWrite<State, Result>,
): Promise<Result> {
  const { bucket, expected, wantsMd5, isCompacted = false } = write;
  const known = await write.read();
  const admitted = write.admit(known);
  if ('answer' in admitted) return admitted.answer(await digestBody(body, expected, admitted));
  const { lengthMax, reportedLengthMax = lengthMax, offset = 0, objectCount, kind } = admitted;
  const lengthBytes = body.length ?? 0;
  // An empty body passes where an object is longer than a limit that was lowered since.
  if (lengthBytes > 0 && lengthBytes > lengthMax) {
    throw new StoreFailure({ kind: 'too-large', lengthMax: reportedLengthMax });
  }
  if (objectCount !== undefined) {
    const room = context.quotas.requireRoom(context.keyValues, bucket, { lengthBytes, objectCount });
    if (room !== undefined) await room;
  }
  const held = kind === undefined ? undefined : context.brake.hold(kind, lengthBytes);
  if (held !== undefined) await held;
  const content = await write.prepare(known);
  const mayMove = write.publish !== undefined;
  const options = { lengthMax, reportedLengthMax, expected, wantsMd5, content, offset, mayMove, isCompacted };
  const publish = (received: ReceivedBody): Promise<Result> => {
    if (write.publish !== undefined) return write.publish({ received, content }, known);
    const arrival = { received, content };
    const decideAgain = async (): Promise<Decision<Result>> => write.decide(await write.read(), arrival, known);
    let isFirst = true;
    return commitLoop(context, async () => {
      if (!isFirst) return decideAgain();
      isFirst = false;
      const deciding = write.decide(known, arrival, known);
      const decision = deciding instanceof Promise ? await deciding : deciding;
      // Of a decision that commits nothing no check would tell whether the rows are still so.
      return decision.commit === undefined ? decideAgain() : decision;
    });
  };
  return receiveBody(context, body, options, publish, (result) => write.isUnused?.(result) === true);
}
