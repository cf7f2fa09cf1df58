/**
 * Rows of accounts in the key-value store: their kinds, their keys and their form, JSON in UTF-8. All keys begin with
 * `A`, a family that the object store leaves alone; docs/access-control.md describes them for readers of the disk.
 */
import type { KeyValueRange } from '@annals/store';
import { AccountFailure } from './account-failure.js';
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

/** Whom limits are for. */
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

/** Limits of one subject. */
export type LimitRow = LimitSubject & LimitValues;

/** Rows of one kind. */
export interface RowFamily<Row> {
  key(name: string): Uint8Array;
  /** All of them, in the order of their names. */
  range(options: { readonly after?: string; readonly limit: number }): KeyValueRange;
  encode(row: Row): Uint8Array;
  decode(value: Uint8Array): Row;
}

function rowFamily<Row>(letters: string): RowFamily<Row> {
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
    decode(value) {
      try {
        return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8')) as Row;
      } catch (cause) {
        throw new AccountFailure({ kind: 'corrupt', detail: `a row of ${letters} is not JSON` }, cause);
      }
    },
  };
}

/** The account itself, one row. */
export const accountRows = rowFamily<AccountRow>('Aa');
/** Groups by name. */
export const groupRows = rowFamily<GroupRow>('Ag');
/** Access keys by id. */
export const accessKeyRows = rowFamily<AccessKeyRow>('Ak');
/** Quotas and rates by what they belong to. */
export const limitRows = rowFamily<LimitRow>('Al');
/** Policies by name. */
export const policyRows = rowFamily<PolicyRow>('Ap');
/** Roles by name. */
export const roleRows = rowFamily<RoleRow>('Ar');
/** What revokes temporary keys, by id. */
export const revocationRows = rowFamily<RevocationRow>('As');
/** Users by name. */
export const userRows = rowFamily<UserRow>('Au');

/** Rewritten by every change to any row here, and checked by it. */
export const generationKey: Uint8Array = Buffer.from('Av', 'latin1');
