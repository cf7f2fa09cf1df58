/**
 * Lifecycle rules that count from the last access, and access monitoring, which they need: neither is put without the
 * other. Leaves out both documents (`bucket-lifecycle.ts`, `bucket-access-monitor.ts`).
 */
import { type LifecycleRule, OssError, type XmlContent } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';

const NOT_MONITORED_EC = '0014-00000016';

/**
 * Refuses to switch monitoring off under a rule that would stand still without it.
 * @throws {OssError} `InvalidRequest`.
 */
export function refuseUnwatched({ Status: status }: XmlContent, record: BucketRecord): void {
  if (status !== 'Disabled' || !goByAccess(configurationsOf(record).lifecycle?.rules ?? [])) return;
  throw new OssError('InvalidRequest', {
    message: 'Access monitoring cannot be disabled while a lifecycle rule goes by the last access time.',
  });
}

/**
 * Refuses rules that go by the last access where nobody watches accesses.
 * @throws {OssError} `InvalidRequest`.
 */
export function refuseUnwatchable(rules: readonly LifecycleRule[], record: BucketRecord): void {
  if (!goByAccess(rules) || configurationsOf(record).accessMonitor?.Status === 'Enabled') return;
  throw new OssError('InvalidRequest', {
    message: 'A lifecycle rule that goes by the last access time needs access monitoring, which is not enabled.',
    ec: NOT_MONITORED_EC,
  });
}

function goByAccess(rules: readonly LifecycleRule[]): boolean {
  return rules.some(({ transitions, noncurrentVersionTransitions }) =>
    [...transitions, ...noncurrentVersionTransitions].some(({ isAccessTime }) => isAccessTime === true),
  );
}
