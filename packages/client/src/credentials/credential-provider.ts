/** Who is asked for the keys that sign a call. Leaves out where they come from (beside this file, and `../node`). */
import type { Credentials } from '@annals/protocol';

/**
 * Gives the credentials of the next attempt. It is asked before each attempt, so it answers from memory where it can.
 * @param refused What a server has just refused as unknown or expired: an answer from memory would be refused again.
 */
export type CredentialProvider = (refused?: Credentials) => Credentials | Promise<Credentials>;

/** A provider that always gives the same pair. */
export function staticCredentials(credentials: Credentials): CredentialProvider {
  return () => credentials;
}

/** Whether two pairs are the same. */
export function isSameCredentials(one: Credentials, other: Credentials): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.accessKeySecret === other.accessKeySecret &&
    one.securityToken === other.securityToken
  );
}
