/**
 * The rules among a bucket's configurations that the store itself enforces, read once when the row is decoded. Leaves
 * out what they forbid (the folder `rules`), and all configurations that the server alone understands.
 */
import type {
  BucketRecord,
  BucketRules,
  DefaultRetention,
  ObjectWorm,
  OverwriteRule,
  Permission,
  RetentionPolicy,
} from '../types.js';
import { anything, type Check, count, fields, flag, listOf, oneOf, optional, text, time } from './checks.js';

/** Name of the retention policy among a bucket's configurations. */
export const RETENTION_CONFIGURATION = 'worm';
/** Name of object WORM among a bucket's configurations. It never goes. */
export const OBJECT_WORM_CONFIGURATION = 'objectWorm';
/** Name of the rules against overwriting among a bucket's configurations. */
export const OVERWRITE_CONFIGURATION = 'overwrite';
/** Name of the setting among a bucket's configurations that lets objects of the class Archive be read at any time. */
const ARCHIVE_DIRECT_READ_CONFIGURATION = 'archiveDirectRead';

interface StoredRules {
  readonly [RETENTION_CONFIGURATION]?: RetentionPolicy;
  readonly [OBJECT_WORM_CONFIGURATION]?: ObjectWorm;
  readonly [OVERWRITE_CONFIGURATION]?: readonly OverwriteRule[];
  /** As its document has it. */
  readonly [ARCHIVE_DIRECT_READ_CONFIGURATION]?: unknown;
}

/** Checks of single rules, by their names among the configurations. */
export const bucketRuleChecks = {
  [RETENTION_CONFIGURATION]: fields<RetentionPolicy>({
    id: text,
    isLocked: flag,
    retentionDays: count,
    createdAtMs: time,
    append: oneOf<Permission>({ allow: true, deny: true }),
  }),
  [OBJECT_WORM_CONFIGURATION]: fields<ObjectWorm>({
    defaultRetention: optional(
      fields<DefaultRetention>({
        mode: oneOf<DefaultRetention['mode']>({ GOVERNANCE: true, COMPLIANCE: true }),
        unit: oneOf<DefaultRetention['unit']>({ days: true, years: true }),
        count,
      }),
    ),
  }),
  [OVERWRITE_CONFIGURATION]: listOf(fields<OverwriteRule>({ id: text, prefix: text, suffix: text })),
} as const;

/** Checks the rules among configurations. */
export const storedRulesCheck: Check<StoredRules> = fields<StoredRules>({
  [RETENTION_CONFIGURATION]: optional(bucketRuleChecks[RETENTION_CONFIGURATION]),
  [OBJECT_WORM_CONFIGURATION]: optional(bucketRuleChecks[OBJECT_WORM_CONFIGURATION]),
  [OVERWRITE_CONFIGURATION]: optional(bucketRuleChecks[OVERWRITE_CONFIGURATION]),
  [ARCHIVE_DIRECT_READ_CONFIGURATION]: optional(anything),
});

/** @param stored Has passed {@link storedRulesCheck}. */
export function rulesOf(stored: StoredRules): BucketRules {
  const retention = stored[RETENTION_CONFIGURATION];
  const objectWorm = stored[OBJECT_WORM_CONFIGURATION];
  return {
    ...(retention !== undefined && { retention }),
    ...(objectWorm !== undefined && { objectWorm }),
    overwrite: stored[OVERWRITE_CONFIGURATION] ?? [],
    isArchiveReadDirectly: isEnabled(stored[ARCHIVE_DIRECT_READ_CONFIGURATION]),
  };
}

/**
 * @returns The rules among configurations that are about to be stored.
 * @throws {TypeError} One of them is none: nothing may be stored that cannot be read.
 */
export function readRules(configurations: BucketRecord['configurations']): BucketRules {
  const finding = storedRulesCheck(configurations);
  if (finding !== undefined) throw new TypeError(`Cannot keep the configurations of a bucket: the value${finding}`);
  return rulesOf(configurations);
}

function isEnabled(configuration: unknown): boolean {
  if (typeof configuration !== 'object' || configuration === null || !('Enabled' in configuration)) return false;
  return String(configuration.Enabled).toLowerCase() === 'true';
}
