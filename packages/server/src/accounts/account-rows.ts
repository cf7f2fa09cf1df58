/**
 * Rows of accounts in the key-value store: their kinds, their keys and their form, JSON in UTF-8. All keys begin with
 * `A`, a family that the object store leaves alone; docs/access-control.md describes them for readers of the disk.
 */
import { type Check, checks, decodeJsonRow, type KeyValueEntry, type KeyValueRange } from '@annals/store';
import type { RevocationRow } from './revocations.js';

/** Whether the keys of an account work. */
export type AccountStatus = 'active' | 'inactive';

/** The account that owns everything. */
export interface AccountRow {
  readonly accountId: string;
  readonly createdAtMs: number;
}

/** A RAM user. */
export interface UserRow {
  readonly name: string;
  /** Never given twice, so that a user of an old name does not inherit old rights. */
  readonly uid: string;
  readonly displayName: string;
  readonly status: AccountStatus;
  readonly createdAtMs: number;
  readonly groups: readonly string[];
  readonly policies: readonly string[];
  readonly accessKeyIds: readonly string[];
}

/** A key that a user signs with. */
export interface AccessKeyRow {
  readonly accessKeyId: string;
  readonly userName: string;
  readonly uid: string;
  readonly status: AccountStatus;
  readonly createdAtMs: number;
  /** Base64 of the sealed secret; the access key id is its additional data. */
  readonly sealedSecret: string;
}

/** Users that share policies. */
export interface GroupRow {
  readonly name: string;
  readonly comment: string;
  readonly createdAtMs: number;
  readonly policies: readonly string[];
}

/** Rights that can be borrowed for a while. */
export interface RoleRow {
  readonly name: string;
  /** Never given twice. */
  readonly roleId: string;
  readonly description: string;
  /** Document. */
  readonly trustPolicy: string;
  readonly sessionSecondsMax: number;
  readonly createdAtMs: number;
  readonly policies: readonly string[];
}

/** A named policy. */
export interface PolicyRow {
  readonly name: string;
  readonly description: string;
  readonly document: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The bucket or user that limits are for. */
export interface LimitSubject {
  readonly kind: 'bucket' | 'user';
  readonly name: string;
}

/** Limits by name; what is missing is as the configuration has it for all, or not limited. */
export interface LimitValues {
  /** Bytes of all versions of objects: in a bucket, or in all buckets that a user made. */
  readonly lengthBytesMax?: number;
  /** Versions of objects, in the same. */
  readonly objectCountMax?: number;
  /** Requests a second. */
  readonly requestsPerSecondMax?: number;
  /** Bytes a second of bodies, of uploads and answers together. */
  readonly bytesPerSecondMax?: number;
}

/** @returns The name of the row of a subject's limits. */
export function limitNameOf({ kind, name }: LimitSubject): string {
  return `${kind} ${name}`;
}

/** The master keys that seal what the gateways of a store share. */
export interface MasterKeyIdsRow {
  /** Ids as they stand in sealed values, in hex; first the one that seals. */
  readonly ids: readonly string[];
}

/** A nonce that was used, or the place of one in the order of time. */
export interface NonceRow {
  readonly forgetAtMs: number;
}

/** Limits of one subject. */
export type LimitRow = LimitSubject & LimitValues;

/** Rows of one kind. */
export interface RowFamily<Row> {
  key(name: string): Uint8Array;
  /** All of them, in the order of their names. */
  range(options: { readonly after?: string; readonly limit: number }): KeyValueRange;
  encode(row: Row): Uint8Array;
  /** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
  decode(entry: Pick<KeyValueEntry, 'key' | 'value'>): Row;
  /** @returns The name in the key of a row. */
  nameOf(key: Uint8Array): string;
}

function rowFamily<Row>(letters: string, check: Check<Row>): RowFamily<Row> {
  const key = (name: string): Uint8Array => Buffer.from(letters + name, 'utf8');
  return {
    key,
    range: ({ after, limit }) => ({
      start: after === undefined ? key('') : key(`${after}\0`),
      // Names are ASCII.
      end: key('\u007f'),
      limit,
    }),
    encode: (row) => Buffer.from(JSON.stringify(row), 'utf8'),
    decode: (entry) => decodeJsonRow(entry.value, check, () => entry.key),
    nameOf: (rowKey) => Buffer.from(rowKey).toString('utf8').slice(letters.length),
  };
}

const { base64Text, count, exactly, fields, kinds, listOf, oneOf, optional, text, time } = checks;

const statusCheck = oneOf<AccountStatus>({ active: true, inactive: true });

const revocationTimes = { revokedAtMs: time, forgetAtMs: time };
type RevocationOf<Kind extends RevocationRow['kind']> = Extract<RevocationRow, { readonly kind: Kind }>;

/** The account itself, one row. */
export const accountRows = rowFamily<AccountRow>('Aa', fields<AccountRow>({ accountId: text, createdAtMs: time }));
/** Groups by name. */
export const groupRows = rowFamily<GroupRow>(
  'Ag',
  fields<GroupRow>({ name: text, comment: text, createdAtMs: time, policies: listOf(text) }),
);
/** Access keys by id. */
export const accessKeyRows = rowFamily<AccessKeyRow>(
  'Ak',
  fields<AccessKeyRow>({
    accessKeyId: text,
    userName: text,
    uid: text,
    status: statusCheck,
    createdAtMs: time,
    sealedSecret: base64Text,
  }),
);
/** Quotas and rates by what they belong to. */
export const limitRows = rowFamily<LimitRow>(
  'Al',
  fields<LimitRow>({
    kind: oneOf<LimitSubject['kind']>({ bucket: true, user: true }),
    name: text,
    lengthBytesMax: optional(count),
    objectCountMax: optional(count),
    requestsPerSecondMax: optional(count),
    bytesPerSecondMax: optional(count),
  }),
);
/** Master keys, one row; only where several gateways share the store. */
export const masterKeyIdsRows = rowFamily<MasterKeyIdsRow>('Am', fields<MasterKeyIdsRow>({ ids: listOf(text) }));
/** Nonces of STS by the digest of what they belong to; only where several gateways share the store. */
export const nonceRows = rowFamily<NonceRow>('An', fields<NonceRow>({ forgetAtMs: time }));
/** The same in the order in which they may be forgotten: 14 digits of the time, `-`, and the digest. */
export const nonceExpiryRows = rowFamily<NonceRow>('At', fields<NonceRow>({ forgetAtMs: time }));
/** Policies by name. */
export const policyRows = rowFamily<PolicyRow>(
  'Ap',
  fields<PolicyRow>({ name: text, description: text, document: text, createdAtMs: time, updatedAtMs: time }),
);
/** Roles by name. */
export const roleRows = rowFamily<RoleRow>(
  'Ar',
  fields<RoleRow>({
    name: text,
    roleId: text,
    description: text,
    trustPolicy: text,
    sessionSecondsMax: count,
    createdAtMs: time,
    policies: listOf(text),
  }),
);
/** What revokes temporary keys, by id. */
export const revocationRows = rowFamily<RevocationRow>(
  'As',
  kinds<RevocationRow>({
    key: fields<RevocationOf<'key'>>({ ...revocationTimes, kind: exactly('key'), accessKeyId: text }),
    role: fields<RevocationOf<'role'>>({ ...revocationTimes, kind: exactly('role'), roleId: text, roleName: text }),
    session: fields<RevocationOf<'session'>>({
      ...revocationTimes,
      kind: exactly('session'),
      roleId: text,
      roleName: text,
      sessionName: text,
    }),
    user: fields<RevocationOf<'user'>>({ ...revocationTimes, kind: exactly('user'), uid: text, userName: text }),
  }),
);
/** Users by name. */
export const userRows = rowFamily<UserRow>(
  'Au',
  fields<UserRow>({
    name: text,
    uid: text,
    displayName: text,
    status: statusCheck,
    createdAtMs: time,
    groups: listOf(text),
    policies: listOf(text),
    accessKeyIds: listOf(text),
  }),
);

/** Rewritten by every change to any row here, and checked by it. */
export const generationKey: Uint8Array = Buffer.from('Av', 'latin1');
