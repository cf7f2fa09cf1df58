/**
 * Temporary keys. The token is its own record: everything about the key is in it, sealed with the master key, so none
 * is stored and any process with the master key can check it. Leaves out who may have one (`assume-role.ts`).
 */
import { OssError } from '@annals/protocol';
import { checks, type RandomBytes, tryDecodeJson } from '@annals/store';
import { randomText } from '../accounts/account-names.js';
import type { MasterKeyRing } from '../accounts/master-key.js';
import type { SessionLineage, SessionLink } from '../accounts/revocations.js';
import { parsePolicy } from '../policy/parse-policy.js';
import type { Policy } from '../policy/policy.js';
import type { Principal } from '../policy/principal.js';

/** A holder of temporary keys. */
export type RoleSession = Extract<Principal, { readonly kind: 'role-session' }>;

/** What a client needs to sign as a session. */
export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
  readonly expiresAtMs: number;
}

/** What is known of a temporary key. */
export interface OpenedSecurityToken {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly principal: RoleSession;
  readonly sessionPolicy: Policy | undefined;
  readonly expiresAtMs: number;
  /** Where it comes from, for revocations. */
  readonly lineage: SessionLineage;
}

/** Begins the id of every temporary key. */
export const TEMPORARY_ACCESS_KEY_PREFIX = 'STS.';

const ACCESS_KEY_ID_RANDOM_LENGTH = 24;
const SECRET_LENGTH = 40;

/**
 * Longer ones are not looked at. The longest of ours has a policy of 1,024 characters, each at worst 12 bytes of JSON
 * text, and 16 lenders; all of it a third more in base64.
 */
const TOKEN_LENGTH_MAX = 24 * 1024;
const TOKEN = /^[A-Za-z0-9_-]+$/;

/** All that the token is good for; nothing else of it is looked at. */
const ADDITIONAL_DATA = 'token';

interface TokenContent {
  readonly id: string;
  readonly secret: string;
  readonly account: string;
  readonly roleId: string;
  readonly role: string;
  readonly session: string;
  readonly expiresAtMs: number;
  readonly policy?: string;
  /** Tokens of earlier versions have none of these. */
  readonly issuedAtMs?: number;
  readonly uid?: string;
  readonly lenders?: readonly SessionLink[];
}

const { fields, listOf, optional, text, time } = checks;

const contentCheck = fields<TokenContent>({
  id: text,
  secret: text,
  account: text,
  roleId: text,
  role: text,
  session: text,
  expiresAtMs: time,
  policy: optional(text),
  issuedAtMs: optional(time),
  uid: optional(text),
  lenders: optional(
    listOf(fields<SessionLink>({ accessKeyId: text, roleId: text, sessionName: text, issuedAtMs: optional(time) })),
  ),
});

/** The receiver of a temporary key. */
export interface Borrower {
  readonly uid: string | undefined;
  /** Temporary keys it has itself; none for a user's own. */
  readonly links: readonly SessionLink[];
}

/**
 * Makes a temporary key.
 * @param sessionPolicy Document that limits the session further; already found valid.
 */
export function issueSecurityToken(
  {
    session,
    sessionPolicy,
    issuedAtMs,
    expiresAtMs,
    borrower,
  }: {
    readonly session: RoleSession;
    readonly sessionPolicy: string | undefined;
    readonly issuedAtMs: number;
    readonly expiresAtMs: number;
    readonly borrower: Borrower;
  },
  { keys, random }: { readonly keys: MasterKeyRing; readonly random: RandomBytes },
): TemporaryCredentials {
  const accessKeyId = TEMPORARY_ACCESS_KEY_PREFIX + randomText(random, ACCESS_KEY_ID_RANDOM_LENGTH);
  const accessKeySecret = randomText(random, SECRET_LENGTH);
  const content: TokenContent = {
    id: accessKeyId,
    secret: accessKeySecret,
    account: session.accountId,
    roleId: session.roleId,
    role: session.roleName,
    session: session.sessionName,
    expiresAtMs,
    ...(sessionPolicy !== undefined && { policy: sessionPolicy }),
    issuedAtMs,
    ...(borrower.uid !== undefined && { uid: borrower.uid }),
    ...(borrower.links.length > 0 && { lenders: borrower.links }),
  };
  const sealed = keys.seal('security-token', Buffer.from(JSON.stringify(content), 'utf8'), ADDITIONAL_DATA);
  // For URLs: nothing in it needs encoding, and some clients forget to.
  const securityToken = Buffer.from(sealed).toString('base64url');
  return { accessKeyId, accessKeySecret, securityToken, expiresAtMs };
}

/**
 * Opens a token. Reads nothing; whether the role still exists is the directory's to say.
 * @param token As sent.
 * @param accessKeyId The id the request was signed with.
 * @throws {OssError} `InvalidSecurityToken` for what this server has not made, `AccessKeyIdAndSecurityTokenNotMatch`,
 * `SecurityTokenExpired`.
 */
export function openSecurityToken(
  token: string,
  accessKeyId: string,
  { keys, nowMs }: { readonly keys: MasterKeyRing; readonly nowMs: number },
): OpenedSecurityToken {
  if (token.length > TOKEN_LENGTH_MAX || !TOKEN.test(token)) throw new OssError('InvalidSecurityToken');
  const sealed = Buffer.from(token, 'base64url');
  // One token has one spelling: decoding forgives spare bits at its end.
  if (sealed.toString('base64url') !== token) throw new OssError('InvalidSecurityToken');
  const opened = keys.open('security-token', sealed, ADDITIONAL_DATA);
  if (opened === undefined) throw new OssError('InvalidSecurityToken');
  const decoded = tryDecodeJson(opened, contentCheck);
  // Sealed by this server and yet no content of a token: another version made it, which this one must not guess at.
  if ('finding' in decoded) throw new OssError('InvalidSecurityToken');
  const content = decoded.value;
  if (content.id !== accessKeyId) throw new OssError('AccessKeyIdAndSecurityTokenNotMatch');
  if (nowMs >= content.expiresAtMs) throw new OssError('SecurityTokenExpired');
  return {
    accessKeyId,
    secret: content.secret,
    principal: {
      kind: 'role-session',
      accountId: content.account,
      roleId: content.roleId,
      roleName: content.role,
      sessionName: content.session,
    },
    sessionPolicy: content.policy === undefined ? undefined : readSessionPolicy(content.policy),
    expiresAtMs: content.expiresAtMs,
    lineage: {
      uid: content.uid,
      links: [
        { accessKeyId, roleId: content.roleId, sessionName: content.session, issuedAtMs: content.issuedAtMs },
        ...(content.lenders ?? []),
      ],
    },
  };
}

/** As for the rest of the content: what another version wrote and this one cannot read is not guessed at. */
function readSessionPolicy(document: string): Policy {
  try {
    return parsePolicy(document, { form: 'ram', isStored: true });
  } catch (cause) {
    throw new OssError('InvalidSecurityToken', { cause });
  }
}
