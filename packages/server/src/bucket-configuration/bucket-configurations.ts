/**
 * Reads a bucket's configurations. The store keeps them as plain data in the bucket's row; a view over them checks each
 * member when it is read, so that one damaged member hinders only those who need it. Leaves out what the members are
 * (`configuration-members.ts`), the checks (`configuration-checks.ts`), and what follows from them.
 */
import { type BucketRecord, requireChecked } from '@annals/store';
import { CONFIGURATION_CHECKS } from './configuration-checks.js';
import type { BucketConfigurations } from './configuration-members.js';

/** What a view is of. */
type ConfiguredBucket = Pick<BucketRecord, 'name' | 'configurations'>;

/** By the configurations of a record, which is the same for all requests between two changes of the row. */
const VIEWS = new WeakMap<BucketRecord['configurations'], BucketConfigurations>();

/**
 * Gives what a bucket was told. Reading a member checks it, once for each record.
 * @throws {EngineFailure} `corrupt`, by a member when it is read: what is stored is not such a configuration. It names
 *   the row, the member, and the place in it.
 */
export function configurationsOf(bucket: ConfiguredBucket): BucketConfigurations {
  const known = VIEWS.get(bucket.configurations);
  if (known !== undefined) return known;
  const view = viewOf(bucket);
  VIEWS.set(bucket.configurations, view);
  return view;
}

/**
 * Checks every configuration of a bucket.
 * @throws {EngineFailure} `corrupt`, for the first that is none.
 */
export function checkConfigurations({ name, configurations }: ConfiguredBucket): void {
  for (const [member, check] of memberChecks) {
    const stored = configurations[member];
    if (stored !== undefined) requireChecked(stored, check, placeOf(name, member));
  }
}

const memberChecks = Object.entries<(value: unknown) => string | undefined>(CONFIGURATION_CHECKS);

function viewOf({ name, configurations }: ConfiguredBucket): BucketConfigurations {
  const view: BucketConfigurations = {};
  for (const [member, check] of memberChecks) {
    const stored = configurations[member];
    if (stored === undefined) continue;
    Object.defineProperty(view, member, {
      configurable: true,
      enumerable: true,
      get() {
        requireChecked(stored, check, placeOf(name, member));
        Object.defineProperty(view, member, { value: stored, enumerable: true });
        return stored;
      },
    });
  }
  return view;
}

function placeOf(bucket: string, member: string): string {
  return `the configuration ${member} in the row "B${bucket}"`;
}
