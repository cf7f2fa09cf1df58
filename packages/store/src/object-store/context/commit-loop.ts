/** Optimistic concurrency: decide on what was read, commit if it is still so, otherwise read and decide again. */

import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueCommit, KeyValueVersion } from '../../contract/key-value-store.js';
import { StoreFailure } from '../store-failure.js';
import type { StoreContext } from './store-context.js';

/**
 * Every lost race is somebody else's success, so progress is certain for all together but not for one. So many losses
 * in a row mean a few hundred writers at one key; telling the caller is better than going on for ever.
 */
const ATTEMPT_COUNT_MAX = 256;

/** What to commit, and what to return once it is durable. Without `commit` nothing needs to change. */
export interface Decision<Result> {
  readonly commit?: KeyValueCommit;
  readonly result: Result;
  /** Called when the commit is durable. */
  readonly committed?: (version: KeyValueVersion) => void;
}

/**
 * @param decide Reads and decides; throws to refuse. It is called again after each lost race.
 * @throws {StoreFailure} `contended` after too many lost races; what `decide` throws.
 */
export async function commitLoop<Result>(
  context: StoreContext,
  decide: () => Promise<Decision<Result>>,
): Promise<Result> {
  for (let attempt = 0; attempt < ATTEMPT_COUNT_MAX; attempt++) {
    const { commit, result, committed } = await decide();
    if (commit === undefined) return result;
    const outcome = await context.keyValues.commit(commit);
    if (outcome.committed) {
      committed?.(outcome.version);
      return result;
    }
  }
  throw new StoreFailure({ kind: 'contended' });
}

/** Of what an engine cannot do: after which nothing was changed. */
const CERTAINLY_NOT_COMMITTED: ReadonlySet<string> = new Set([
  'disk-full',
  'read-only',
  'unreachable',
  'refused',
  'too-many-connections',
  'clock-wrong',
]);

/**
 * Whether an operation that failed like this has certainly not been committed, now or after a restart. Otherwise nobody
 * can know, and what it would have published must be kept.
 */
export function isKnownNotCommitted(error: unknown): boolean {
  if (error instanceof StoreFailure) return true;
  if (!(error instanceof EngineFailure)) return false;
  const { reason } = error;
  return reason.kind !== 'unavailable' || CERTAINLY_NOT_COMMITTED.has(reason.because);
}
