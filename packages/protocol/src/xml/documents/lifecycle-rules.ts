/** What lifecycle rules may not say, alone or together. Leaves out their document (`lifecycle-configuration.ts`). */
import { OssError } from '../../error/oss-error.js';
import { LIMITS } from '../../limits.js';
import { STORAGE_CLASSES, type StorageClass } from '../../storage-class.js';
import { type Tag, validateTags } from '../../tagging.js';
import { utf8LengthBytes } from '../../text.js';
import { malformed } from '../malformed.js';
import type { LifecycleAge, LifecycleRule } from './lifecycle-configuration.js';

const CONFLICT_EC = '0014-00000080';
/** Of rules whose actions on one object would come in the wrong order. */
const CROSSING_EC = '0014-00000082';

const ABORT_ACTION = 'AbortMultipartUpload';

/**
 * Refuses rules that cannot be carried out as they are.
 * @param allowsOverlap Whether two rules may do the same to one object (header `x-oss-allow-same-action-overlap`).
 * @throws {OssError} `MalformedXML` for the number of rules and for rules without an action, `InvalidArgument` for ids,
 *   names and orders of days, `InvalidRequest`, with EC 0014-00000080 for actions that contradict each other and
 *   0014-00000082 for such of two rules; `InvalidTag` and its like.
 */
export function validateLifecycleRules(rules: readonly LifecycleRule[], allowsOverlap: boolean): void {
  if (rules.length === 0) throw malformed('LifecycleConfiguration must have at least one Rule.');
  if (rules.length > LIMITS.lifecycleRuleCountMax) {
    throw malformed(`LifecycleConfiguration must not have more than ${LIMITS.lifecycleRuleCountMax} rules.`);
  }
  const ids = new Set<string>();
  for (const rule of rules) {
    refuseRule(rule);
    if (rule.id !== '' && ids.has(rule.id)) throw invalid('ID', rule.id, 'Rule ID must be unique.');
    ids.add(rule.id);
  }
  refuseOverlaps(rules, allowsOverlap);
}

function refuseRule(rule: LifecycleRule): void {
  if (utf8LengthBytes(rule.id) > LIMITS.lifecycleRuleIdLengthBytesMax) {
    throw invalid(
      'ID',
      rule.id,
      `ID length should not exceed allowed limit of ${LIMITS.lifecycleRuleIdLengthBytesMax}`,
    );
  }
  if (utf8LengthBytes(rule.prefix) > LIMITS.keyLengthBytesMax) {
    throw invalid('Prefix', rule.prefix, `The length of Prefix must be less than ${LIMITS.keyLengthBytesMax + 1}.`);
  }
  validateTags(rule.tags, LIMITS.objectTagCountMax);
  if (actionsOf(rule).length === 0) {
    // The public service's own word for it. Days beside the actions, as one SDK writes them, are none.
    throw malformed('Action is missing');
  }
  if (rule.tags.length > 0 && rule.abortMultipartUpload !== undefined) {
    throw new OssError('InvalidRequest', { message: 'Tag cannot be used with the AbortMultipartUpload action.' });
  }
  if (rule.tags.length > 0 && rule.expiration?.expiredObjectDeleteMarker !== undefined) {
    throw new OssError('InvalidRequest', { message: 'Tag cannot be used with ExpiredObjectDeleteMarker.' });
  }
  for (const { prefix, tag } of rule.filter?.not ?? []) {
    if (!prefix.startsWith(rule.prefix) || (prefix === rule.prefix && tag === undefined)) {
      throw invalid('Prefix', prefix, 'The Prefix in Not must begin with the Prefix of its rule and differ from it.');
    }
    if (tag !== undefined) validateTags([tag], LIMITS.objectTagCountMax);
  }
  refuseMixedAges(rule);
  refuseWrongOrders(rule.transitions, rule.expiration?.days);
  refuseWrongOrders(
    rule.noncurrentVersionTransitions.map(({ noncurrentDays, ...target }) => ({ ...target, days: noncurrentDays })),
    rule.noncurrentVersionExpirationDays,
  );
}

/** Days since the last access and days since a change cannot be compared. */
function refuseWrongOrders(
  transitions: readonly {
    readonly days?: number;
    readonly storageClass: StorageClass;
    readonly isAccessTime?: boolean;
  }[],
  expirationDays: number | undefined,
): void {
  const since = (isAccess: boolean) =>
    transitions
      .filter(({ isAccessTime = false }) => isAccessTime === isAccess)
      .map(({ days, storageClass }) => ({ days, storageClass }));
  refuseWrongOrder(since(false), expirationDays);
  refuseWrongOrder(since(true), undefined);
}

function refuseMixedAges({ expiration, transitions }: LifecycleRule): void {
  const isByDate = (age: LifecycleAge) => age.createdBeforeDateMs !== undefined || age.dateMs !== undefined;
  const [first] = transitions;
  if (first === undefined) return;
  const mixed = transitions.find((transition) => isByDate(transition) !== isByDate(first));
  if (mixed !== undefined) throw conflict(`Found mixed CreatedBeforeDate and Days based Transition actions`);
  if (expiration !== undefined && hasAge(expiration) && isByDate(expiration) !== isByDate(first)) {
    throw conflict(
      `Found mixed CreatedBeforeDate and Days based Expiration and Transition for StorageClass ${first.storageClass} actions`,
    );
  }
}

/** Colder classes come later, and the end comes last. */
function refuseWrongOrder(
  transitions: readonly { readonly days: number | undefined; readonly storageClass: StorageClass }[],
  expirationDays: number | undefined,
): void {
  const ordered = [...transitions].sort((one, other) => coldness(one.storageClass) - coldness(other.storageClass));
  ordered.forEach(({ days, storageClass }, index) => {
    const next = ordered[index + 1];
    if (next?.storageClass === storageClass) {
      throw conflict(`Found more than one Transition for StorageClass ${storageClass} actions`);
    }
    if (days !== undefined && next?.days !== undefined && next.days <= days) {
      throw invalid(
        'Days',
        String(next.days),
        `'Days' in the Transition action for StorageClass ${next.storageClass} must be greater than 'Days' for StorageClass ${storageClass}`,
      );
    }
    if (days !== undefined && expirationDays !== undefined && expirationDays <= days) {
      throw invalid(
        'Days',
        String(expirationDays),
        `'Days' in the Expiration action must be greater than 'Days' in the Transition action for StorageClass ${storageClass}`,
      );
    }
  });
}

function coldness(storageClass: StorageClass): number {
  return STORAGE_CLASSES.indexOf(storageClass);
}

function hasAge(age: LifecycleAge | undefined): boolean {
  return age?.days !== undefined || age?.createdBeforeDateMs !== undefined || age?.dateMs !== undefined;
}

/** @param allowsOverlap Of all actions but the end of uploads, which one rule decides. */
function refuseOverlaps(rules: readonly LifecycleRule[], allowsOverlap: boolean): void {
  // Shorter prefixes first: whatever a rule overlaps with from here on begins with its prefix.
  const enabled = rules
    .filter((rule) => rule.isEnabled)
    .map((rule) => ({ rule, actions: actionsOf(rule), tags: new Map(rule.tags.map(({ key, value }) => [key, value])) }))
    .sort((one, other) => one.rule.prefix.length - other.rule.prefix.length);
  enabled.forEach((one, index) => {
    for (const other of enabled.slice(index + 1)) {
      if (!other.rule.prefix.startsWith(one.rule.prefix)) continue;
      if (!canShareAnObject(one.rule.tags, other.tags)) continue;
      const action = one.actions.find(
        (name) => other.actions.includes(name) && (!allowsOverlap || name === ABORT_ACTION),
      );
      if (action !== undefined) throw conflict(`Overlap for same action type ${action}`);
      if (!allowsOverlap) refuseCrossing(one.rule, other.rule);
    }
  });
}

/**
 * What two rules do to one object must come in an order in which both can be done: warmer classes first, the end last.
 */
function refuseCrossing(one: LifecycleRule, other: LifecycleRule): void {
  for (const [warmer, colder] of [
    [one, other],
    [other, one],
  ] as const) {
    for (const first of warmer.transitions) {
      const ends = [
        ...colder.transitions.filter(({ storageClass }) => coldness(storageClass) > coldness(first.storageClass)),
        ...(colder.expiration === undefined ? [] : [{ ...colder.expiration, isAccessTime: first.isAccessTime }]),
      ];
      const crossing = ends.find(
        (end) =>
          (end.isAccessTime ?? false) === (first.isAccessTime ?? false) &&
          end.days !== undefined &&
          first.days !== undefined &&
          end.days <= first.days,
      );
      if (crossing === undefined) continue;
      throw new OssError('InvalidRequest', {
        message: `Rules ${warmer.id} and ${colder.id} overlap, and the Transition to ${first.storageClass} would come too late.`,
        ec: CROSSING_EC,
      });
    }
  }
}

/**
 * A tag has one value, so rules that want different values of one tag never meet. A rule with tags is the exception
 * from one without, as on the public service.
 */
function canShareAnObject(tags: readonly Tag[], others: ReadonlyMap<string, string>): boolean {
  if ((tags.length === 0) !== (others.size === 0)) return false;
  return !tags.some(({ key, value }) => (others.get(key) ?? value) !== value);
}

function actionsOf(rule: LifecycleRule): readonly string[] {
  const { expiration } = rule;
  return [
    ...(hasAge(expiration) ? ['Expiration'] : []),
    ...(expiration?.expiredObjectDeleteMarker === undefined ? [] : ['ExpiredObjectDeleteMarker']),
    ...rule.transitions.map(({ storageClass }) => `Transition for StorageClass ${storageClass}`),
    ...(rule.abortMultipartUpload === undefined ? [] : [ABORT_ACTION]),
    ...(rule.noncurrentVersionExpirationDays === undefined ? [] : ['NoncurrentVersionExpiration']),
    ...rule.noncurrentVersionTransitions.map(
      ({ storageClass }) => `NoncurrentVersionTransition for StorageClass ${storageClass}`,
    ),
  ];
}

function conflict(message: string): OssError {
  return new OssError('InvalidRequest', { message, ec: CONFLICT_EC });
}

function invalid(name: string, value: string, message: string): OssError {
  return new OssError('InvalidArgument', { message, details: { ArgumentName: name, ArgumentValue: value } });
}
