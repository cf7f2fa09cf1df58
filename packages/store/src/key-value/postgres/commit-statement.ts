/**
 * The statement that makes the commits of a transaction: their order in rounds, the locks of their keys, and their
 * parts as arrays. What the function does with them: `schema-statements.ts`.
 */
import { keyToText } from '../commit-rules.js';
import { bigintArray, booleanArray, byteaArray, integerArray } from './binary-array.js';
import type { Statement, StatementRow } from './database-connection.js';
import type { LockNumbers } from './lock-number.js';
import type { KeyUse, PendingCommit } from './pending-commit.js';

/** From so many keys on a transaction locks the table, so that the lock table of the server is large enough. */
const WIDE_KEY_COUNT = 1000;

/** What a transaction is made with. */
export interface CommitStatementInput {
  readonly schema: string;
  readonly locks: LockNumbers;
  /** The id of its mark. */
  readonly mark: string;
  /** In the order of their calls. */
  readonly commits: readonly PendingCommit[];
}

/** @returns The statement; its row holds the outcomes as `outcomesOf` reads them. */
export function commitStatement({ schema, locks, mark, commits }: CommitStatementInput): Statement {
  const isExclusive = exclusiveKeys(commits);
  const isWide = isExclusive.size > WIDE_KEY_COUNT;
  const taken = isWide ? [] : lockList(commits, isExclusive, locks);
  const parts = new CommitParts((text) => isWide || isExclusive.get(text) === true);
  for (const [index, commit] of commits.entries()) parts.add(index + 1, commit);
  return {
    name: 'annals-commit',
    text:
      `SELECT ${schema}.commit_v1($1::uuid, $2::boolean, $3::bigint[], $4::boolean[], $5::int[], $6::int[], ` +
      '$7::bytea[], $8::bigint[], $9::boolean[], $10::int[], $11::bytea[], $12::bytea[], $13::int[], $14::bytea[], ' +
      '$15::int[], $16::bytea[], $17::bigint[], $18::boolean[])',
    values: [
      mark,
      String(isWide),
      bigintArray(taken.map(({ id }) => id)),
      booleanArray(taken.map(({ exclusive }) => exclusive)),
      integerArray(roundsOf(commits)),
      ...parts.values(),
    ],
  };
}

/** @returns An outcome for each commit: a version, or one of the codes of `schema-statements.ts`. */
export function outcomesOf(row: StatementRow | undefined): readonly number[] {
  const text = row?.[0] ?? '{}';
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(Number);
}

/**
 * The most rounds of a transaction: each costs a few statements, and they are only needed by commits that compete for a
 * key.
 */
const ROUND_COUNT_MAX = 16;

/** Places commits in rounds, one after the other. */
export class RoundPlan {
  /** By key, of each kind of use, the last round in which it is. */
  readonly #lastOf = new Map<string, Record<KeyUse, number>>();

  /** @returns The round of the commit, from 1 on, or `undefined` when that would be one too many. */
  place({ uses }: PendingCommit): number | undefined {
    let round = 1;
    for (const [text, { use }] of uses) {
      const last = this.#lastOf.get(text);
      if (last === undefined) continue;
      const before = Math.max(last.write, use === 'check' ? 0 : last.check, use === 'sum' ? 0 : last.sum);
      round = Math.max(round, before + 1);
    }
    if (round > ROUND_COUNT_MAX) return undefined;
    for (const [text, { use }] of uses) {
      const last = this.#lastOf.get(text);
      if (last === undefined) this.#lastOf.set(text, { write: 0, check: 0, sum: 0, [use]: round });
      else last[use] = Math.max(last[use], round);
    }
    return round;
  }
}

function roundsOf(commits: readonly PendingCommit[]): readonly number[] {
  const plan = new RoundPlan();
  return commits.map((commit) => plan.place(commit) ?? ROUND_COUNT_MAX);
}

/** All keys of the commits, and whether any of them needs the exclusive lock. */
function exclusiveKeys(commits: readonly PendingCommit[]): ReadonlyMap<string, boolean> {
  const uses = new Map<string, KeyUse>();
  const isExclusive = new Map<string, boolean>();
  for (const { uses: used, needsExclusive } of commits) {
    for (const [text, { use }] of used) {
      // A check and a sum of two commits exclude each other as well.
      const isAlone = needsExclusive || use === 'write' || (uses.get(text) ?? use) !== use;
      uses.set(text, use);
      isExclusive.set(text, isAlone || isExclusive.get(text) === true);
    }
  }
  return isExclusive;
}

/** In the one order in which all gateways take them. */
function lockList(
  commits: readonly PendingCommit[],
  isExclusive: ReadonlyMap<string, boolean>,
  locks: LockNumbers,
): readonly { readonly id: bigint; readonly exclusive: boolean }[] {
  const exclusiveOf = new Map<bigint, boolean>();
  const seen = new Set<string>();
  for (const { uses } of commits) {
    for (const [text, { key }] of uses) {
      if (seen.has(text)) continue;
      seen.add(text);
      const id = locks.of(key);
      exclusiveOf.set(id, exclusiveOf.get(id) === true || isExclusive.get(text) === true);
    }
  }
  const list = [...exclusiveOf].map(([id, exclusive]) => ({ id, exclusive }));
  return list.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Checks, puts, deletes and sums of all commits, each kind in columns. */
class CommitParts {
  readonly #isExclusive: (text: string) => boolean;
  readonly #checks = {
    commit: [] as number[],
    key: [] as Uint8Array[],
    version: [] as bigint[],
    shared: [] as boolean[],
  };
  readonly #puts = { commit: [] as number[], key: [] as Uint8Array[], value: [] as Uint8Array[] };
  readonly #deletes = { commit: [] as number[], key: [] as Uint8Array[] };
  readonly #sums = { commit: [] as number[], key: [] as Uint8Array[], delta: [] as bigint[], shared: [] as boolean[] };

  constructor(isExclusive: (text: string) => boolean) {
    this.#isExclusive = isExclusive;
  }

  add(index: number, { commit: { checks = [], puts = [], deletes = [], sums = [] } }: PendingCommit): void {
    for (const { key, version } of checks) {
      this.#checks.commit.push(index);
      this.#checks.key.push(key);
      this.#checks.version.push(checkedVersion(version));
      this.#checks.shared.push(!this.#isExclusive(keyToText(key)));
    }
    for (const { key, value } of puts) {
      this.#puts.commit.push(index);
      this.#puts.key.push(key);
      this.#puts.value.push(value);
    }
    for (const key of deletes) {
      this.#deletes.commit.push(index);
      this.#deletes.key.push(key);
    }
    for (const { key, delta } of sums) {
      this.#sums.commit.push(index);
      this.#sums.key.push(key);
      this.#sums.delta.push(delta);
      this.#sums.shared.push(!this.#isExclusive(keyToText(key)));
    }
  }

  values(): readonly Uint8Array[] {
    return [
      integerArray(this.#checks.commit),
      byteaArray(this.#checks.key),
      bigintArray(this.#checks.version),
      booleanArray(this.#checks.shared),
      integerArray(this.#puts.commit),
      byteaArray(this.#puts.key),
      byteaArray(this.#puts.value),
      integerArray(this.#deletes.commit),
      byteaArray(this.#deletes.key),
      integerArray(this.#sums.commit),
      byteaArray(this.#sums.key),
      bigintArray(this.#sums.delta),
      booleanArray(this.#sums.shared),
    ];
  }
}

/** @returns 0 for an absent key; a number that was never a version must not be taken for it. */
function checkedVersion(version: number | undefined): bigint {
  if (version === undefined) return 0n;
  return Number.isSafeInteger(version) && version > 0 ? BigInt(version) : -1n;
}
