/**
 * What a lifecycle does to versions, each in one commit that holds only if the version is still the one that was
 * judged: what somebody wrote a moment before is never taken for what was old. Leaves out who judges and when.
 */
import type { KeyValueCheck, KeyValueCommit } from '../../contract/key-value-store.js';
import { commitLoop } from '../context/commit-loop.js';
import { CounterChange } from '../context/counters.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import { encodeObjectRecord } from '../records/object-record.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectHead, ObjectTarget, StorageClass, VersionTarget } from '../types.js';
import { readExistingVersion, readNextVersion, readObject } from './read-state.js';
import { planDeletion } from './retire-version.js';

/** Judges a version as it is now; called again after a lost race. */
export type VersionJudge = (head: ObjectHead) => boolean;

/** @see ObjectStore.expireVersion, which says what it promises and throws. */
export function expireVersion(context: StoreContext, target: VersionTarget, isDue: VersionJudge): Promise<boolean> {
  return unlessGone(() =>
    commitLoop(context, async () => {
      const { record, check } = await readExistingVersion(context, target);
      if (!isDue(record.head)) return { result: false };
      const { change } = await planDeletion(context, target);
      return change === undefined ? { result: false } : { commit: onlyIf(check, commitOf(change)), result: true };
    }),
  );
}

/** @see ObjectStore.removeLoneDeleteMarker, which says what it promises and throws. */
export function removeLoneDeleteMarker(context: StoreContext, target: ObjectTarget): Promise<boolean> {
  return unlessGone(() =>
    commitLoop(context, async () => {
      const state = await readObject(context, target);
      const check = state.checks.at(-1);
      const versionId = state.marker?.marker.versionId;
      if (check === undefined || versionId === undefined || (await readNextVersion(context, state)) !== undefined) {
        return { result: false };
      }
      const { change } = await planDeletion(context, { ...target, versionId });
      return change === undefined ? { result: false } : { commit: onlyIf(check, commitOf(change)), result: true };
    }),
  );
}

/** @see ObjectStore.transitionVersion, which says what it promises and throws. */
export function transitionVersion(
  context: StoreContext,
  target: VersionTarget,
  storageClass: StorageClass,
  isDue: VersionJudge,
): Promise<boolean> {
  return unlessGone(() =>
    commitLoop(context, async () => {
      const { record, rowKey, check } = await readExistingVersion(context, target);
      if (record.head.storageClass === storageClass || !isDue(record.head)) return { result: false };
      const { restore: _restored, ...head } = record.head;
      const moved = { ...record, head: { ...head, storageClass } };
      return {
        commit: {
          checks: [check],
          puts: [{ key: rowKey, value: encodeObjectRecord(moved) }],
          sums: new CounterChange(target.bucket).remove(record).add(moved).sums(),
        },
        result: true,
      };
    }),
  );
}

/** A deletion reads the version again; it must then be the one that was judged. */
function onlyIf(judged: KeyValueCheck, commit: KeyValueCommit): KeyValueCommit {
  const others = (commit.checks ?? []).filter(({ key }) => Buffer.compare(key, judged.key) !== 0);
  return { ...commit, checks: [judged, ...others] };
}

/** What is gone already needs no action. */
async function unlessGone(act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    const { kind } = error.reason;
    if (kind === 'no-such-key' || kind === 'no-such-version' || kind === 'version-is-delete-marker') return false;
    throw error;
  }
}
