/** DeleteMultipleObjects: many deletions in few commits. See `ObjectStore.deleteObjects` for its promises. */
import { StoreFailure, type StoreFailureReason } from '../contract/store-failure.js';
import { type Deletion, deleteObject, deleteResult, planDeletion } from './delete-object.js';
import { readBucket, readObject } from './read-state.js';
import { lengthSumKey, objectCountKey } from './records/key-space.js';
import type { StoreContext } from './store-context.js';
import type { DeleteResult, DeleteTarget } from './types.js';

/** What became of one target of a batch: exactly one of `result` and `failure` is there. */
export type DeleteOutcome =
  | { readonly target: DeleteTarget; readonly result: DeleteResult; readonly failure?: never }
  | { readonly target: DeleteTarget; readonly failure: StoreFailureReason; readonly result?: never };

/** Objects in one commit: enough to share a sync, few enough that no other commit waits long behind it. */
const GROUP_COUNT_MAX = 100;

/** @see ObjectStore.deleteObjects, which says what it promises and throws. */
export async function deleteObjects(
  context: StoreContext,
  bucket: string,
  targets: readonly DeleteTarget[],
): Promise<readonly DeleteOutcome[]> {
  await readBucket(context, bucket);
  const outcomes: DeleteOutcome[] = [];
  for (let start = 0; start < targets.length; start += GROUP_COUNT_MAX) {
    const group = targets.slice(start, start + GROUP_COUNT_MAX);
    if (await deleteTogether(context, bucket, group)) {
      outcomes.push(...group.map((target) => ({ target, result: deleteResult(target) })));
    } else {
      // Somebody changed one of them: alone, each wins or loses its own race.
      outcomes.push(...(await Promise.all(group.map((target) => deleteAlone(context, bucket, target)))));
    }
  }
  return outcomes;
}

/** @returns False when the commit lost a race or one of the objects is protected; nothing was changed then. */
async function deleteTogether(context: StoreContext, bucket: string, group: readonly DeleteTarget[]): Promise<boolean> {
  // A key stands in a commit once, however often it was named.
  const byKey = new Map<string, DeleteTarget>();
  for (const target of group) {
    const first = byKey.get(target.key);
    if (first !== undefined && first.versionId !== target.versionId) {
      return false;
    }
    byKey.set(target.key, target);
  }
  const plans = await planTogether(context, bucket, [...byKey.values()]);
  if (plans === undefined) return false;
  const deletions = plans.filter((plan): plan is Deletion => plan !== undefined);
  const [first] = deletions;
  if (first === undefined) {
    return true;
  }
  // Decided on different moments of the bucket's rules: one check cannot stand for all.
  if (deletions.some(({ bucketCheck }) => bucketCheck.version !== first.bucketCheck.version)) return false;
  const total = (index: 0 | 1): bigint => deletions.reduce((sum, deletion) => sum + deletion.sums[index].delta, 0n);
  const outcome = await context.keyValues.commit({
    checks: [first.bucketCheck, ...deletions.map((deletion) => deletion.check)],
    puts: deletions.flatMap((deletion) => deletion.puts),
    deletes: deletions.flatMap((deletion) => deletion.deletes),
    sums: [
      { key: objectCountKey(bucket), delta: total(0) },
      { key: lengthSumKey(bucket), delta: total(1) },
    ],
  });
  return outcome.committed;
}

/** @returns Undefined when one of them is protected: alone, each gets its own answer. */
async function planTogether(
  context: StoreContext,
  bucket: string,
  targets: readonly DeleteTarget[],
): Promise<readonly (Deletion | undefined)[] | undefined> {
  try {
    return await Promise.all(
      targets.map(async (target) => {
        const versionTarget = { bucket, ...target };
        return planDeletion(context, versionTarget, await readObject(context, versionTarget));
      }),
    );
  } catch (error) {
    if (error instanceof StoreFailure && error.reason.kind === 'immutable') return undefined;
    throw error;
  }
}

async function deleteAlone(context: StoreContext, bucket: string, target: DeleteTarget): Promise<DeleteOutcome> {
  try {
    return { target, result: await deleteObject(context, { bucket, ...target }) };
  } catch (error) {
    if (error instanceof StoreFailure) {
      return { target, failure: error.reason };
    }
    throw error;
  }
}
