/** What the engine's three threads say to each other: the caller's, the write thread, and the checkpoint thread. */

import type { CheckpointPoint as CheckpointTask } from './checkpoint-segment.js';
import type { CheckpointState } from './commit-journal.js';
import type { EncodedOutcome } from './outcomes.js';
import type { KeyRange } from './tree/tree-damage.js';

export type { CheckpointTask };

/** What both threads are started with. */
export interface ThreadData {
  readonly directory: string;
  readonly cells: SharedArrayBuffer;
}

/** Number of 32-bit cells the threads share. */
export const CELL_COUNT = 3;

/**
 * Raised and notified after each request: the write thread sleeps on it. Waking from there is quicker than by an event
 * loop, and a commit that comes alone waits for nothing else but the disk.
 */
export const DOORBELL_CELL = 0;

/** How the last checkpoint stands, by its place in `CHECKPOINT_STATES`; notified at each change. */
export const CHECKPOINT_STATE_CELL = 1;

/** 1 while the checkpoint thread could make the file of the database shorter. */
export const MAINTENANCE_CELL = 2;

/** What the checkpoint thread does, in the order of the numbers in shared memory. */
export const CHECKPOINT_STATES: readonly CheckpointState[] = ['done', 'running', 'waiting', 'failed'];

/** Sets the state for all threads to see, and wakes who waits for it. */
export function setCheckpointState(cells: Int32Array, state: CheckpointState): void {
  Atomics.store(cells, CHECKPOINT_STATE_CELL, CHECKPOINT_STATES.indexOf(state));
  Atomics.notify(cells, CHECKPOINT_STATE_CELL);
  ringDoorbell(cells);
}

/** Wakes the write thread if it sleeps, and keeps it from falling asleep if it is about to. */
export function ringDoorbell(cells: Int32Array): void {
  Atomics.add(cells, DOORBELL_CELL, 1);
  Atomics.notify(cells, DOORBELL_CELL);
}

/** @returns The state as the thread that set it last left it. */
export function checkpointState(cells: Int32Array): CheckpointState {
  return CHECKPOINT_STATES[Atomics.load(cells, CHECKPOINT_STATE_CELL)] ?? 'failed';
}

/** From either thread, once: it has opened the folder. */
export type ThreadGreeting = 'ready';

/** To the write thread: a batch of commits (see `batch-encoding.ts`), or the wish to end. */
export type WriteThreadRequest = Uint8Array | 'close';

/**
 * From the write thread: the outcomes of as many commits as there are numbers, in the order in which they were sent.
 */
export interface WriteThreadAnswer {
  readonly outcomes: readonly EncodedOutcome[];
  /** What each sum of each of these commits came to. */
  readonly counters: readonly bigint[];
  readonly durationMs: number;
  readonly cause?: string;
  readonly keyRange?: KeyRange;
}

/**
 * From the write thread: all commits answered before this, and none after it, are in this generation or an earlier one.
 */
export interface CheckpointRequest {
  readonly checkpoint: CheckpointTask;
}

/** From the write thread: there is nothing to write, and the file of the database could be shorter. */
export type MaintenanceRequest = 'maintain';

/** Everything the write thread says. */
export type WriteThreadMessage = WriteThreadAnswer | CheckpointRequest | MaintenanceRequest;

/**
 * To the checkpoint thread: bring this generation, up to its last frame, into the database, or, without one, move some
 * of it; or the wish to end. Nobody reads a state of the database that is older than the transaction named.
 */
export type CheckpointThreadRequest =
  | { readonly task: CheckpointTask | undefined; readonly oldestTransaction: number }
  | 'close';

/**
 * From the checkpoint thread: the generation is in the database (`undefined`: it was moved only), or why it will not
 * be.
 */
export type CheckpointThreadMessage = { readonly checkpointed: number | undefined } | { readonly failure: string };
