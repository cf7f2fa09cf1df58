/**
 * Tells rules that can be carried out from such as an earlier version stored without understanding all of them. That
 * version left out what it did not know of a rule: of `<Filter><Prefix>tmp/</Prefix></Filter>` a filter that says
 * nothing stayed, and with it a rule that deletes the whole bucket. Such rules are shown, reported when the server
 * starts, and not run until they are put again. A rule of which nothing shows what was left out (`<Prefx>`) looks like
 * any other.
 */
import type {
  LifecycleAge,
  LifecycleConfiguration,
  LifecycleExpiration,
  LifecycleRule,
  LifecycleTransition,
  NoncurrentTransition,
} from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';
import type { Logger } from 'pino';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import type { BucketConfigurations } from '../bucket-configuration/configuration-members.js';

/** A member list for each part of a rule that this version knows. The type keeps them complete. */
type MembersOf<Part> = Readonly<Record<keyof Part, true>>;

const RULE: MembersOf<LifecycleRule> = {
  id: true,
  prefix: true,
  isEnabled: true,
  tags: true,
  filter: true,
  expiration: true,
  transitions: true,
  abortMultipartUpload: true,
  noncurrentVersionExpirationDays: true,
  noncurrentVersionTransitions: true,
};
const FILTER: MembersOf<NonNullable<LifecycleRule['filter']>> = {
  sizeGreaterThanBytes: true,
  sizeLessThanBytes: true,
  not: true,
};
const EXCEPTION: MembersOf<NonNullable<LifecycleRule['filter']>['not'][number]> = { prefix: true, tag: true };
const TAG: MembersOf<LifecycleRule['tags'][number]> = { key: true, value: true };
const AGE: MembersOf<LifecycleAge> = { days: true, createdBeforeDateMs: true, dateMs: true };
const EXPIRATION: MembersOf<LifecycleExpiration> = { ...AGE, expiredObjectDeleteMarker: true };
const TRANSITION: MembersOf<LifecycleTransition & NoncurrentTransition> = {
  ...AGE,
  noncurrentDays: true,
  storageClass: true,
  isAccessTime: true,
  returnToStdWhenVisit: true,
  allowSmallFile: true,
};

/**
 * Gives the rules that are on and understood, in order.
 * @param configuration Of a bucket; `undefined` where it has none.
 */
export function runnableRules(configuration: LifecycleConfiguration | undefined): readonly LifecycleRule[] {
  return configuration?.rules.filter((rule) => rule.isEnabled && whyNotUnderstood(rule) === undefined) ?? [];
}

/**
 * Says what of a stored rule is not understood.
 * @returns A half sentence, or `undefined` for a rule that is understood.
 */
function whyNotUnderstood(rule: LifecycleRule): string | undefined {
  const parts: readonly (readonly [string, object | undefined, Readonly<Record<string, true>>])[] = [
    ['the rule', rule, RULE],
    ['Filter', rule.filter, FILTER],
    ['Expiration', rule.expiration, EXPIRATION],
    ['AbortMultipartUpload', rule.abortMultipartUpload, AGE],
    ...[...rule.transitions, ...rule.noncurrentVersionTransitions].map(
      (transition) => ['Transition', transition, TRANSITION] as const,
    ),
    ...rule.tags.map((tag) => ['Tag', tag, TAG] as const),
    ...(rule.filter?.not ?? []).map((not) => ['Not', not, EXCEPTION] as const),
  ];
  for (const [part, value, known] of parts) {
    const unknown = Object.keys(value ?? {}).find((name) => !Object.hasOwn(known, name));
    if (unknown !== undefined) return `${part} has an element that is not known: "${unknown}"`;
  }
  const { filter } = rule;
  if (filter === undefined) return undefined;
  const { sizeGreaterThanBytes, sizeLessThanBytes, not } = filter;
  if (sizeGreaterThanBytes === undefined && sizeLessThanBytes === undefined && not.length === 0) {
    return 'Filter says nothing: what it said was not understood when it was stored';
  }
  return not.some(({ prefix, tag }) => prefix === rule.prefix && tag === undefined)
    ? 'Not in Filter says nothing: what it said was not understood when it was stored'
    : undefined;
}

const PAGE_COUNT_MAX = 500;

/** Writes a line for each rule that is on and not run. Never rejects: nobody waits for it. */
export async function reportHeldRules(store: Pick<ObjectStore, 'listBuckets'>, log: Logger): Promise<void> {
  try {
    let after: string | undefined = '';
    while (after !== undefined) {
      const page: Awaited<ReturnType<ObjectStore['listBuckets']>> = await store.listBuckets({
        prefix: '',
        after,
        limit: PAGE_COUNT_MAX,
      });
      for (const bucket of page.buckets) reportBucket(bucket, log);
      after = page.next;
    }
  } catch (error) {
    log.debug({ err: error }, 'lifecycle rules not checked');
  }
}

function reportBucket(bucket: BucketRecord, log: Logger): void {
  try {
    report(bucket.name, configurationsOf(bucket).lifecycle, log);
  } catch (error) {
    log.error({ err: error, bucket: bucket.name }, 'lifecycle rules not run: they are damaged. Put them again');
  }
}

function report(bucket: string, lifecycle: BucketConfigurations['lifecycle'], log: Logger): void {
  for (const rule of lifecycle?.rules ?? []) {
    const reason = rule.isEnabled ? whyNotUnderstood(rule) : undefined;
    if (reason === undefined) continue;
    log.error(
      { bucket, rule: rule.id, reason },
      'lifecycle rule not run: it was stored without being understood. Put the configuration again to have it run',
    );
  }
}
