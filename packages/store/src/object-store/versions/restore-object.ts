/**
 * RestoreObject and CleanRestoredObject: make an archived object readable for a while, or end that. See `ObjectStore`
 * for their promises.
 */

import { commitLoop } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import { encodeObjectRecord } from '../records/object-record.js';
import { availabilityOf } from '../rules/archive-state.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectHead, RestoreTier, VersionTarget } from '../types.js';
import { readExistingVersion } from './read-state.js';

const DAY_MS = 86_400_000;

/** What a restoration needs. */
export interface RestoreInput extends VersionTarget {
  /** Whole days the object stays readable; undefined: as its class has it. */
  readonly days: number | undefined;
  readonly tier: RestoreTier;
}

/** What a restoration did. */
export interface RestoreOutcome {
  readonly head: ObjectHead;
  /** The object was readable already: only its time was prolonged. */
  readonly wasRestored: boolean;
}

/** @see ObjectStore.restoreObject, which says what it promises and throws. */
export function restoreObject(context: StoreContext, input: RestoreInput): Promise<RestoreOutcome> {
  return commitLoop(context, async () => {
    const { rowKey, check, record } = await readExistingVersion(context, input);
    const nowMs = context.clock.nowMs();
    const availability = availabilityOf(record.head, nowMs);
    if (availability === 'immediate') throw notArchived(record.head);
    if (availability === 'restoring') throw new StoreFailure({ kind: 'restore-in-progress' });
    const wasRestored = availability === 'restored';
    const readyAtMs = wasRestored ? (record.head.restore?.readyAtMs ?? nowMs) : nowMs + delayOf(context);
    const expiresAtMs = Math.max(nowMs, readyAtMs) + (input.days ?? 1) * DAY_MS;
    const head: ObjectHead = {
      ...record.head,
      restore: {
        tier: wasRestored ? (record.head.restore?.tier ?? input.tier) : input.tier,
        readyAtMs,
        // Asking again never shortens what was promised.
        expiresAtMs: Math.max(expiresAtMs, wasRestored ? (record.head.restore?.expiresAtMs ?? 0) : 0),
      },
    };
    return {
      commit: { checks: [check], puts: [{ key: rowKey, value: encodeObjectRecord({ ...record, head }) }] },
      result: { head, wasRestored },
    };
  });
}

/** @see ObjectStore.cleanRestoredObject, which says what it promises and throws. */
export function cleanRestoredObject(context: StoreContext, target: VersionTarget): Promise<ObjectHead> {
  return commitLoop(context, async () => {
    const { rowKey, check, record } = await readExistingVersion(context, target);
    const availability = availabilityOf(record.head, context.clock.nowMs());
    if (availability === 'immediate') throw notArchived(record.head);
    if (availability === 'restoring') throw new StoreFailure({ kind: 'restore-in-progress' });
    const { restore, ...head } = record.head;
    if (restore === undefined) return { result: head };
    return {
      commit: { checks: [check], puts: [{ key: rowKey, value: encodeObjectRecord({ ...record, head }) }] },
      result: head,
    };
  });
}

function delayOf({ settings }: StoreContext): number {
  return settings.archive.restoreDelayMs;
}

function notArchived({ storageClass }: ObjectHead): StoreFailure {
  return new StoreFailure({ kind: 'not-archived', storageClass });
}
