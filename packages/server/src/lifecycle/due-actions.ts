/**
 * Judges versions by lifecycle rules: what is due now, if anything. Pure. Ages count from the last modification to the
 * first midnight (UTC) after so many days, as on the public service. Leaves out reading and acting
 * (`lifecycle-run.ts`).
 */
import { type LifecycleAge, type LifecycleRule, STORAGE_CLASSES, type StorageClass } from '@annals/protocol';
import type { ObjectHead } from '@annals/store';

/** What is due for one version. */
export type DueAction =
  | { readonly kind: 'expire'; readonly ruleId: string }
  | { readonly kind: 'transition'; readonly ruleId: string; readonly storageClass: StorageClass };

/** Of a version, what rules look at. */
export type JudgedVersion = Pick<
  ObjectHead,
  'key' | 'type' | 'length' | 'tags' | 'storageClass' | 'lastModifiedAtMs' | 'sealedAtMs'
>;

const DAY_MS = 86_400_000;

/** An appendable object can go no further while it may still grow. */
const GROWING_CLASSES: readonly StorageClass[] = ['Standard', 'IA', 'Archive'];

/** @returns When so many days are over: the first midnight at or after that. */
export function dueAtMs(sinceMs: number, days: number): number {
  return Math.ceil((sinceMs + days * DAY_MS) / DAY_MS) * DAY_MS;
}

/** When a version will be deleted, and by which rule. */
export interface Expiry {
  readonly atMs: number;
  readonly ruleId: string;
}

/** @returns The first expiration that a current version is to meet; `undefined` when no rule will delete it. */
export function expiryOfCurrent(rules: readonly LifecycleRule[], version: JudgedVersion): Expiry | undefined {
  let first: Expiry | undefined;
  for (const rule of rules) {
    const atMs = matches(rule, version) ? expiresAtMs(rule.expiration, version.lastModifiedAtMs) : undefined;
    if (atMs !== undefined && (first === undefined || atMs < first.atMs)) first = { atMs, ruleId: rule.id };
  }
  return first;
}

/** Judges a current version. An expiration wins over transitions, and of those the coldest. */
export function dueForCurrent(
  rules: readonly LifecycleRule[],
  version: JudgedVersion,
  nowMs: number,
): DueAction | undefined {
  const matching = rules.filter((rule) => matches(rule, version));
  const expiring = matching.find(({ expiration }) => isOld(expiration, version.lastModifiedAtMs, nowMs));
  if (expiring !== undefined) return { kind: 'expire', ruleId: expiring.id };
  return coldest(
    matching.flatMap(({ id, transitions }) =>
      transitions
        .filter((transition) => counts(transition) && isOld(transition, version.lastModifiedAtMs, nowMs))
        .map(({ storageClass }) => ({ kind: 'transition', ruleId: id, storageClass }) as const),
    ),
    version,
  );
}

/**
 * Judges an earlier version.
 * @param noncurrentSinceMs When the next version took its place.
 */
export function dueForNoncurrent(
  rules: readonly LifecycleRule[],
  version: JudgedVersion,
  noncurrentSinceMs: number,
  nowMs: number,
): DueAction | undefined {
  const matching = rules.filter((rule) => matches(rule, version));
  const expiring = matching.find(
    ({ noncurrentVersionExpirationDays: days }) => days !== undefined && dueAtMs(noncurrentSinceMs, days) <= nowMs,
  );
  if (expiring !== undefined) return { kind: 'expire', ruleId: expiring.id };
  return coldest(
    matching.flatMap(({ id, noncurrentVersionTransitions }) =>
      noncurrentVersionTransitions
        .filter((transition) => counts(transition) && dueAtMs(noncurrentSinceMs, transition.noncurrentDays) <= nowMs)
        .map(({ storageClass }) => ({ kind: 'transition', ruleId: id, storageClass }) as const),
    ),
    version,
  );
}

/** @returns The rule by which a delete marker without versions behind it is removed. */
export function ruleForLoneMarker(
  rules: readonly LifecycleRule[],
  key: string,
  lastModifiedAtMs: number,
  nowMs: number,
): string | undefined {
  return rules.find(
    ({ prefix, tags, expiration, filter }) =>
      key.startsWith(prefix) &&
      tags.length === 0 &&
      !(filter?.not ?? []).some((not) => not.tag === undefined && key.startsWith(not.prefix)) &&
      // A rule by age removes a marker that is that old as well.
      (expiration?.expiredObjectDeleteMarker === true ||
        (expiration?.days !== undefined && dueAtMs(lastModifiedAtMs, expiration.days) <= nowMs)),
  )?.id;
}

/** @returns The rule by which an unfinished upload is aborted. */
export function ruleForUpload(
  rules: readonly LifecycleRule[],
  key: string,
  initiatedAtMs: number,
  nowMs: number,
): string | undefined {
  return rules.find(
    ({ prefix, abortMultipartUpload }) => key.startsWith(prefix) && isOld(abortMultipartUpload, initiatedAtMs, nowMs),
  )?.id;
}

function matches({ prefix, tags, filter }: LifecycleRule, version: JudgedVersion): boolean {
  const hasTag = ({ key, value }: { readonly key: string; readonly value: string }): boolean =>
    Object.hasOwn(version.tags, key) && version.tags[key] === value;
  if (!version.key.startsWith(prefix) || !tags.every(hasTag)) return false;
  if (filter === undefined) return true;
  const { sizeGreaterThanBytes, sizeLessThanBytes, not } = filter;
  if (sizeGreaterThanBytes !== undefined && version.length <= sizeGreaterThanBytes) return false;
  if (sizeLessThanBytes !== undefined && version.length >= sizeLessThanBytes) return false;
  return !not.some(
    (except) => version.key.startsWith(except.prefix) && (except.tag === undefined || hasTag(except.tag)),
  );
}

/** This server does not record accesses, so rules that count from the last one never come due. */
function counts({ isAccessTime }: { readonly isAccessTime?: boolean }): boolean {
  return isAccessTime !== true;
}

function expiresAtMs(age: LifecycleAge | undefined, sinceMs: number): number | undefined {
  if (age?.days !== undefined) return dueAtMs(sinceMs, age.days);
  if (age?.dateMs !== undefined) return Math.max(age.dateMs, dueAtMs(sinceMs, 0));
  const beforeMs = age?.createdBeforeDateMs;
  return beforeMs !== undefined && sinceMs < beforeMs ? beforeMs : undefined;
}

function isOld(age: LifecycleAge | undefined, sinceMs: number, nowMs: number): boolean {
  if (age?.days !== undefined) return dueAtMs(sinceMs, age.days) <= nowMs;
  if (age?.dateMs !== undefined) return age.dateMs <= nowMs;
  return (
    age?.createdBeforeDateMs !== undefined && sinceMs < age.createdBeforeDateMs && age.createdBeforeDateMs <= nowMs
  );
}

function coldest(
  actions: readonly Extract<DueAction, { kind: 'transition' }>[],
  version: JudgedVersion,
): DueAction | undefined {
  // A link has no bytes that could be anywhere.
  if (version.type === 'symlink') return undefined;
  const mayGrow = version.type === 'appendable' && version.sealedAtMs === undefined;
  const possible = actions.filter(
    ({ storageClass }) =>
      coldness(storageClass) > coldness(version.storageClass) && (!mayGrow || GROWING_CLASSES.includes(storageClass)),
  );
  return possible.reduce<(typeof possible)[number] | undefined>(
    (chosen, action) =>
      chosen === undefined || coldness(action.storageClass) > coldness(chosen.storageClass) ? action : chosen,
    undefined,
  );
}

function coldness(storageClass: StorageClass): number {
  return STORAGE_CLASSES.indexOf(storageClass);
}
