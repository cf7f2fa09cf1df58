/** The caller of a request. Leaves out how the server finds it (`../auth`). */
import type { NamedPolicy, Policy } from '../policy/policy.js';
import type { Principal } from '../policy/principal.js';

/** The signer. */
export interface Caller {
  readonly kind: Principal['kind'];
  /** Access key id; empty when anonymous. */
  readonly accessKeyId: string;
  /** Owner id of what this caller creates; empty when anonymous. */
  readonly accountId: string;
  readonly principal: Principal;
  /** Of the user with its groups, or of the role, as they were when the request was authenticated. */
  readonly identityPolicies: readonly NamedPolicy[];
  /** Of a temporary key that has one. */
  readonly sessionPolicy: Policy | undefined;
  /** Of a temporary key: what is begun with it ends then. Milliseconds since 1970. */
  readonly expiresAtMs?: number;
}
