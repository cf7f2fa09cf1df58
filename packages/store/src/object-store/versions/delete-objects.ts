/** DeleteMultipleObjects: many deletions in few commits. See `ObjectStore.deleteObjects` for its promises. */
import type { EngineFailure } from '../../contract/engine-failure.js';
import { CounterChange } from '../context/counters.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf, type VersionChange } from '../context/version-change.js';
import { isFailure, StoreFailure } from '../store-failure.js';
import type { DeleteResult, DeleteTarget } from '../types.js';
import { deleteObject } from './delete-object.js';
import { readBucket } from './read-state.js';
import { type Deletion, planDeletion } from './retire-version.js';

/** What became of one target of a batch: exactly one of `result` and `failure` is there. */
export type DeleteOutcome =
  | { readonly target: DeleteTarget; readonly result: DeleteResult; readonly failure?: never }
  | { readonly target: DeleteTarget; readonly failure: StoreFailure | EngineFailure; readonly result?: never };

/** Objects in one commit: enough to share a sync, few enough that no other commit waits long behind it. */
const GROUP_COUNT_MAX = 100;

/** @see ObjectStore.deleteObjects, which says what it promises and throws. */
export async function deleteObjects(
  context: StoreContext,
  bucket: string,
  targets: readonly DeleteTarget[],
): Promise<readonly DeleteOutcome[]> {
  await readBucket(context, bucket);
  const outcomes = new Map<DeleteTarget, DeleteOutcome>();
  for (const group of groupsOf(targets)) {
    const deleted = await context.bulkGate.run(() => deleteGroup(context, bucket, group));
    for (const outcome of deleted) outcomes.set(outcome.target, outcome);
  }
  return targets.map((target) => outcomes.get(target) as DeleteOutcome);
}

/**
 * A key stands in a commit once. Where it is named again, with another version or the same one, that deletion comes
 * after: as if each target were deleted by itself, in the order given.
 */
function groupsOf(targets: readonly DeleteTarget[]): readonly (readonly DeleteTarget[])[] {
  const rounds: DeleteTarget[][] = [];
  const roundOfKey = new Map<string, number>();
  for (const target of new Set(targets)) {
    const round = roundOfKey.get(target.key) ?? 0;
    roundOfKey.set(target.key, round + 1);
    const members = rounds[round];
    if (members === undefined) rounds.push([target]);
    else members.push(target);
  }
  return rounds.flatMap((members) =>
    Array.from({ length: Math.ceil(members.length / GROUP_COUNT_MAX) }, (_, index) =>
      members.slice(index * GROUP_COUNT_MAX, (index + 1) * GROUP_COUNT_MAX),
    ),
  );
}

async function deleteGroup(
  context: StoreContext,
  bucket: string,
  group: readonly DeleteTarget[],
): Promise<readonly DeleteOutcome[]> {
  const together = await deleteTogether(context, bucket, group);
  // Another request changed one of them, or one is protected: alone, each gets its own answer.
  return together ?? Promise.all(group.map((target) => deleteAlone(context, bucket, target)));
}

/** @returns Undefined when the commit lost a race or one of the objects is protected; nothing was changed then. */
async function deleteTogether(
  context: StoreContext,
  bucket: string,
  group: readonly DeleteTarget[],
): Promise<readonly DeleteOutcome[] | undefined> {
  const plans = await planTogether(context, bucket, group);
  if (plans === undefined) return undefined;
  const outcomes = plans.map(({ result }, index) => ({ target: group[index] as DeleteTarget, result }));
  const changes = plans.flatMap(({ change }) => (change === undefined ? [] : [change]));
  const [first] = changes;
  if (first === undefined) return outcomes;
  // Decided on different moments of the bucket's rules: one check cannot stand for all.
  if (changes.some(({ bucketCheck }) => bucketCheck.version !== first.bucketCheck.version)) return undefined;
  const { committed } = await context.keyValues.commit(commitOf(combine(bucket, first, changes)));
  return committed ? outcomes : undefined;
}

function combine(bucket: string, first: VersionChange, changes: readonly VersionChange[]): VersionChange {
  const counters = new CounterChange(bucket);
  for (const change of changes) counters.addAll(change.counters);
  return {
    bucketCheck: first.bucketCheck,
    checks: changes.flatMap(({ checks }) => checks),
    puts: changes.flatMap(({ puts }) => puts),
    deletes: changes.flatMap(({ deletes }) => deletes),
    counters,
  };
}

/** @returns Undefined when one of them is protected: alone, each gets its own answer. */
async function planTogether(
  context: StoreContext,
  bucket: string,
  group: readonly DeleteTarget[],
): Promise<readonly Deletion[] | undefined> {
  try {
    return await Promise.all(group.map((target) => planDeletion(context, { bucket, ...target })));
  } catch (error) {
    if (error instanceof StoreFailure && error.reason.kind === 'immutable') return undefined;
    throw error;
  }
}

async function deleteAlone(context: StoreContext, bucket: string, target: DeleteTarget): Promise<DeleteOutcome> {
  try {
    return { target, result: await deleteObject(context, { bucket, ...target }) };
  } catch (error) {
    if (isFailure(error)) {
      return { target, failure: error };
    }
    throw error;
  }
}
