/** Checks the rules of a lifecycle as they are stored. Leaves out whether a rule can be run (`../lifecycle`). */
import type {
  LifecycleAge,
  LifecycleConfiguration,
  LifecycleException,
  LifecycleExpiration,
  LifecycleFilter,
  LifecycleRule,
  LifecycleTransition,
  NoncurrentTransition,
  Tag,
} from '@annals/protocol';
import { type Check, checks } from '@annals/store';

const { count, fields, flag, listOf, oneOf, optional, text, time } = checks;

/** One tag. */
export const tagCheck: Check<Tag> = fields<Tag>({ key: text, value: text });

const ageChecks = { days: optional(count), createdBeforeDateMs: optional(time), dateMs: optional(time) };
const targetChecks = {
  storageClass: oneOf<LifecycleTransition['storageClass']>({
    IA: true,
    Archive: true,
    ColdArchive: true,
    DeepColdArchive: true,
  }),
  isAccessTime: optional(flag),
  returnToStdWhenVisit: optional(flag),
  allowSmallFile: optional(flag),
};

const ruleCheck = fields<LifecycleRule>({
  id: text,
  prefix: text,
  isEnabled: flag,
  tags: listOf(tagCheck),
  filter: optional(
    fields<LifecycleFilter>({
      sizeGreaterThanBytes: optional(count),
      sizeLessThanBytes: optional(count),
      not: listOf(fields<LifecycleException>({ prefix: text, tag: optional(tagCheck) })),
    }),
  ),
  expiration: optional(fields<LifecycleExpiration>({ ...ageChecks, expiredObjectDeleteMarker: optional(flag) })),
  transitions: listOf(fields<LifecycleTransition>({ ...ageChecks, ...targetChecks })),
  abortMultipartUpload: optional(fields<LifecycleAge>(ageChecks)),
  noncurrentVersionExpirationDays: optional(count),
  noncurrentVersionTransitions: listOf(fields<NoncurrentTransition>({ ...targetChecks, noncurrentDays: count })),
});

/** All rules of a bucket. */
export const lifecycleCheck: Check<LifecycleConfiguration> = fields<LifecycleConfiguration>({
  rules: listOf(ruleCheck),
});
