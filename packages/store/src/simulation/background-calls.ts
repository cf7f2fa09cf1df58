/**
 * What a server does beside its clients, over a simulated store: a page of the lifecycle, and the check of all rows.
 */
import type { SeededRandom } from '../conformance/seeded-random.js';
import type { OpenedStore } from '../object-store/object-store.js';
import type { ObjectHead } from '../object-store/types.js';
import type { KeyCall } from './key-model.js';
import { keyName, PLAIN_BUCKET, VERSIONED_BUCKET } from './store-model.js';

/** Versions that a step of the lifecycle lists. */
const PAGE_COUNT = 4;

/** Thrown by a call: nothing was done, since what was listed is gone, or was written again. */
export const NOT_DUE = new Error('Not due');

/** The workload that a step is a part of. */
export interface LifecycleStep {
  readonly store: OpenedStore;
  readonly random: SeededRandom;
  /** Makes a call that changes nothing. */
  attempt<Result>(perform: () => Promise<Result>): Promise<Result | undefined>;
  /** Makes a call that the model is told of. */
  call(
    target: { readonly bucket: string; readonly key: string; readonly name: string },
    call: KeyCall,
    perform: () => Promise<string | undefined>,
  ): Promise<void>;
  /** Whether the key may be called now. */
  isFree(name: string): boolean;
}

/**
 * As the lifecycle's runner does it: a page is listed, then what was due in it is deleted, if it is still what was
 * judged, whatever others do meanwhile. A version that came since is younger, and stays.
 */
export async function runLifecycleStep(step: LifecycleStep): Promise<void> {
  const { store, random } = step;
  const bucket = random.below(2) === 0 ? PLAIN_BUCKET : VERSIONED_BUCKET;
  const page = await step.attempt(() =>
    store.listObjectVersions({ bucket, prefix: '', delimiter: '', after: undefined, limit: PAGE_COUNT }),
  );
  for (const entry of page?.versions ?? []) {
    if (entry.kind === 'object' && random.below(2) === 0) await expireListed(step, entry.head);
  }
}

async function expireListed({ store, call, isFree }: LifecycleStep, head: ObjectHead): Promise<void> {
  const { bucket, key, isLatest, versionId } = head;
  const name = keyName(bucket, key);
  if (!isFree(name)) return;
  const isDue = (now: ObjectHead): boolean => now.lastModifiedAtMs <= head.lastModifiedAtMs;
  const isNoncurrent = !isLatest && versionId !== undefined;
  const asked: KeyCall = isNoncurrent ? { kind: 'delete-version', versionId } : { kind: 'delete' };
  await call({ bucket, key, name }, asked, async () => {
    if (!(await store.expireVersion({ bucket, key, ...(isNoncurrent && { versionId }) }, isDue))) throw NOT_DUE;
    return undefined;
  });
}

/** Checks the rows of a store at work, as the scrub does. @throws {Error} Something is wrong. */
export async function checkBeside(store: OpenedStore): Promise<void> {
  const findings: string[] = [];
  let after: string | undefined;
  // Each place has a moment of its own: what is done in between must not look like a contradiction.
  do {
    const step = await store.maintenance.scrubRows({
      ...(after !== undefined && { after }),
      damaged: [],
      isSpent: () => true,
      onFinding: (finding) => {
        if (finding.severity !== 'note') findings.push(finding.message);
      },
    });
    after = step.next;
  } while (after !== undefined);
  if (findings.length > 0) throw new Error(`A check beside other work finds ${findings.join('; ')}`);
}
