/**
 * What went wrong between us and a cluster, and what that means to the store. No message holds a key: the engine never
 * sees one.
 */
import { constants } from 'node:os';
import { EngineFailure, type EngineFailureReason } from '../../contract/engine-failure.js';

type Unavailable = Extract<EngineFailureReason, { kind: 'unavailable' }>['because'];

/** Of Linux; Node does not name them all. */
const NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(constants.errno).map(([name, number]) => [number, name] as const),
  [108, 'ESHUTDOWN'],
]);

/** @returns The name of the error that a function of the library returned, such as `ETIMEDOUT`. */
export function errorName(result: number | bigint): string {
  const number = -Number(result);
  return NAMES.get(number) ?? `error ${number}`;
}

/** How far an operation came. */
export type RadosStage =
  /** There is no connection, or no pool. */
  'connect' | 'operate';

/** Something that did not succeed. */
export class RadosFailure extends Error {
  /** As the system names it, such as `ETIMEDOUT`. */
  readonly code: string;
  readonly stage: RadosStage;

  /** @param action What was to be done, and where. */
  constructor(action: string, code: string, stage: RadosStage = 'operate') {
    const words = stage === 'connect' ? (CONNECT_WORDS[code] ?? WORDS[code]) : WORDS[code];
    super(`Cannot ${action}: ${code}${words === undefined ? '' : ` (${words})`}`);
    this.name = 'RadosFailure';
    this.code = code;
    this.stage = stage;
  }

  /** What this is to the store. */
  get because(): Unavailable {
    const { code } = this;
    if (AWAY.has(code)) return 'unreachable';
    if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk-full';
    if (code === 'EACCES' || code === 'EPERM' || this.stage === 'connect') return 'refused';
    return 'input-output';
  }

  /** Whether the connection will never work again, though another would. */
  get endsConnection(): boolean {
    return this.code === 'ESHUTDOWN' || this.code === 'ENOTCONN';
  }
}

/** There is no pool of the name. */
export const NO_POOL = 'no such pool';

/** What may pass by itself. */
const AWAY: ReadonlySet<string> = new Set([
  ...['ETIMEDOUT', 'ESHUTDOWN', 'ENOTCONN', 'EAGAIN', 'EBUSY', 'EINTR', 'ECANCELED', 'ESTALE', 'EPIPE'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH'],
]);

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'the cluster does not take the key of this user',
  EDQUOT: 'the pool has reached its quota',
  EEXIST: 'there is one of this name',
  ENOSPC: 'the cluster or the pool is full',
  EPERM: 'the user lacks the right',
  ESHUTDOWN: 'the cluster has shut this client out',
  ESTALE: 'the pool was made again; the next attempt takes the new one',
  ETIMEDOUT: 'no answer in time',
};

const CONNECT_WORDS: Readonly<Record<string, string>> = {
  EINVAL: 'the configuration names no monitors, or is not one',
  ENOENT: 'a file is missing: configuration or keyring',
  EOPNOTSUPP: 'the keyring has no key of this user, or the cluster wants another kind of proof',
  ETIMEDOUT: 'no monitor answered in time',
};

/** @returns The failure to throw; one that is an `EngineFailure` already, or a mistake of the caller, stays. */
export function radosToEngineFailure(error: unknown): unknown {
  if (!(error instanceof RadosFailure)) return error;
  return new EngineFailure({ kind: 'unavailable', because: error.because }, error);
}
