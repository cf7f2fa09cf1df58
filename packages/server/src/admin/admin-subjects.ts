/** What the routes of the admin API work on. Leaves out the routes. */
import type { AccountDirectory } from '../accounts/account-directory.js';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { OpenSnapshots } from '../backup/open-snapshots.js';
import type { CustomDomainIndex } from '../custom-domains/custom-domain-index.js';
import type { LimitKeeper } from '../limits/limit-keeper.js';
import type { ScrubWorker } from '../scrub/scrub-worker.js';

/** Parts of the server that can be administered. */
export interface AdminSubjects
  extends Pick<AccountDirectory, 'accountId' | 'users' | 'groups' | 'roles' | 'policies' | 'sessions'> {
  /** For what is about all accounts at once, and about the root. */
  readonly directory: AccountDirectory;
  readonly audit: AuditTrail;
  readonly limits: LimitKeeper;
  readonly domains: Pick<CustomDomainIndex, 'judged'>;
  readonly snapshots: OpenSnapshots;
  readonly scrub: Pick<ScrubWorker, 'look' | 'start' | 'stop'>;
  /** How the server does, as numbers by name. */
  readonly status: () => Promise<object>;
}

/** What is administered beside accounts. */
export type AdminSources = Pick<AdminSubjects, 'audit' | 'domains' | 'snapshots' | 'limits' | 'scrub' | 'status'>;

/** Puts the subjects of one server together. */
export function adminSubjects(directory: AccountDirectory, others: AdminSources): AdminSubjects {
  const { accountId, users, groups, roles, policies, sessions } = directory;
  return { accountId, users, groups, roles, policies, sessions, directory, ...others };
}
