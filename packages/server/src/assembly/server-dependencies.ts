/** What a server is built from, and what stands for what is not given. Leaves out building it (`server-parts.ts`). */
import { type OpenedStore, openMemoryKeyValueStore, type RandomBytes } from '@annals/store';
import type { Logger } from 'pino';
import { AccountDirectory } from '../accounts/account-directory.js';
import { MasterKeyRing } from '../accounts/master-key.js';
import type { AuditSink } from '../audit/audit-trail.js';
import { CallbackKey } from '../callback/callback-key.js';
import type { AddressLookup } from '../callback/callback-sender.js';
import type { TextRecordLookup } from '../custom-domains/domain-proof.js';
import type { Forward } from '../http/forwarding.js';
import type { DamageReports } from '../observe/damage-reports.js';
import type { ServerMetrics } from '../observe/metrics.js';
import type { OperationRows } from '../operation-row/operation-row.js';
import type { ServerSettings } from '../settings.js';

/** What a server is built from. */
export interface ServerDependencies {
  /** Stays open when the server closes. */
  readonly store: OpenedStore;
  readonly settings: ServerSettings;
  readonly log: Logger;
  /** Rows of the operations served. */
  readonly operations: Partial<OperationRows>;
  /** Default: counters of its own. Pass them to count commits of the store as well. */
  readonly metrics?: ServerMetrics;
  /** Default: reports of its own. Pass them to count what the work behind requests meets as well. */
  readonly damage?: DamageReports;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly clock?: () => number;
  /** Default: the system's source of random bytes. */
  readonly random?: RandomBytes;
  /**
   * The accounts, and the key that seals their secrets. Default: the root alone, and what is made is forgotten at the
   * end of the process.
   */
  readonly accounts?: ServerAccounts;
  /** Signs callbacks. Default: a key made when the first is needed, forgotten at the end of the process. */
  readonly callbackKey?: CallbackKey;
  /** Takes records of administrative changes. Default: none is kept. */
  readonly audit?: AuditSink;
  /** Looks up the hosts of callbacks. Default: the system. */
  readonly addressLookup?: AddressLookup;
  /** Given to a server that is one of several workers over one store; default: it is alone. */
  readonly worker?: WorkerRole;
  /** Looks up the proof that a domain is whose who binds it. Default: the system's resolver. */
  readonly textRecordLookup?: TextRecordLookup;
}

/** A server as one of several over one store on one machine. */
export interface WorkerRole {
  /** How many there are: each has its share of the rates. */
  readonly count: number;
  /** Hands a request to the process that answers for all. */
  readonly forward: Forward;
}

/** The accounts of a server. */
export interface ServerAccounts {
  readonly directory: AccountDirectory;
  readonly keys: MasterKeyRing;
}

/** Owner of everything on a server that was given no accounts. */
export const DEFAULT_ACCOUNT_ID = '1000000000000000';

/** Accounts with the root alone, forgotten at the end of the process. */
export function rootOnly({ root }: ServerSettings, random: RandomBytes): ServerAccounts {
  const keys = new MasterKeyRing([random(32)], random);
  const keyValues = openMemoryKeyValueStore();
  return { directory: new AccountDirectory({ keyValues, keys, root, accountId: DEFAULT_ACCOUNT_ID }), keys };
}

/** Gives the key that signs callbacks, made when the first is needed. */
export function keyReader({ callbackKey }: ServerDependencies): () => Promise<CallbackKey> {
  let key: Promise<CallbackKey> | undefined;
  return () => {
    key ??= callbackKey === undefined ? CallbackKey.generate() : Promise.resolve(callbackKey);
    return key;
  };
}
