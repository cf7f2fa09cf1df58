/**
 * Commits that wait, in the order of their calls, and which of them go into the next transaction: never one that
 * disturbs another under way, or one before it that has to wait. So commits of one key keep their order, and strangers
 * do not wait for each other. Leaves out making a transaction (`commit-transaction.ts`).
 */
import { RoundPlan } from './commit-statement.js';
import type { KeyUse, PendingCommit } from './pending-commit.js';

/** Transactions under way at once. More make them smaller, and each syncs. */
export const TRANSACTION_COUNT_MAX = 4;

/** What one transaction holds at most; a commit that is larger goes alone. */
const COMMIT_COUNT_MAX = 256;
const KEY_COUNT_MAX = 1000;
const LENGTH_BYTES_MAX = 4 * 1024 * 1024;

/** How far the search for commits goes that may overtake. */
const SEARCHED_COUNT_MAX = 2048;

/** Which keys are used, and how. */
class UsedKeys {
  readonly #countsOf = new Map<string, Record<KeyUse, number>>();

  add({ uses }: PendingCommit): void {
    for (const [text, { use }] of uses) {
      const counts = this.#countsOf.get(text);
      if (counts === undefined) this.#countsOf.set(text, { write: 0, check: 0, sum: 0, [use]: 1 });
      else counts[use] += 1;
    }
  }

  remove({ uses }: PendingCommit): void {
    for (const [text, { use }] of uses) {
      const counts = this.#countsOf.get(text);
      if (counts === undefined) continue;
      counts[use] -= 1;
      if (counts.write + counts.check + counts.sum === 0) this.#countsOf.delete(text);
    }
  }

  disturbs({ uses }: PendingCommit): boolean {
    if (this.#countsOf.size === 0) return false;
    for (const [text, { use }] of uses) {
      const counts = this.#countsOf.get(text);
      if (counts === undefined) continue;
      if (counts.write > 0 || (use !== 'check' && counts.check > 0) || (use !== 'sum' && counts.sum > 0)) return true;
    }
    return false;
  }
}

/** The queue in front of the transactions of one engine. */
export class CommitQueue {
  readonly #make: (commits: readonly PendingCommit[]) => Promise<void>;
  #waiting: PendingCommit[] = [];
  readonly #underWay = new UsedKeys();
  #transactionCount = 0;
  #isScheduled = false;
  #drained: (() => void) | undefined;

  /** @param make Makes the commits in one transaction, settles them, and never rejects. */
  constructor(make: (commits: readonly PendingCommit[]) => Promise<void>) {
    this.#make = make;
  }

  /** All calls of one turn of the event loop may share a transaction. */
  add(commit: PendingCommit): void {
    this.#waiting.push(commit);
    if (this.#isScheduled || this.#transactionCount >= TRANSACTION_COUNT_MAX) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#start();
    });
  }

  /** @returns Resolves when nothing waits and nothing is under way. */
  async drain(): Promise<void> {
    if (this.#waiting.length + this.#transactionCount === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #start(): void {
    while (this.#transactionCount < TRANSACTION_COUNT_MAX && this.#waiting.length > 0) {
      const commits = this.#take();
      if (commits.length === 0) return;
      void this.#run(commits);
    }
  }

  async #run(commits: readonly PendingCommit[]): Promise<void> {
    this.#transactionCount += 1;
    for (const commit of commits) this.#underWay.add(commit);
    await this.#make(commits);
    for (const commit of commits) this.#underWay.remove(commit);
    this.#transactionCount -= 1;
    this.#start();
    if (this.#waiting.length + this.#transactionCount === 0) this.#drained?.();
  }

  /** @returns Those that go next, in order; none when all must wait. */
  #take(): readonly PendingCommit[] {
    const taken: PendingCommit[] = [];
    const left: PendingCommit[] = [];
    const overtaken = new UsedKeys();
    const plan = new RoundPlan();
    let keyCount = 0;
    let lengthBytes = 0;
    let index = 0;
    for (; index < this.#waiting.length && index < SEARCHED_COUNT_MAX; index += 1) {
      const commit = this.#waiting[index] as PendingCommit;
      if (taken.length > 0) {
        const isFull =
          taken.length >= COMMIT_COUNT_MAX ||
          keyCount + commit.uses.size > KEY_COUNT_MAX ||
          lengthBytes + commit.lengthBytes > LENGTH_BYTES_MAX;
        if (isFull) break;
      }
      if (this.#underWay.disturbs(commit) || overtaken.disturbs(commit) || plan.place(commit) === undefined) {
        left.push(commit);
        overtaken.add(commit);
        continue;
      }
      taken.push(commit);
      keyCount += commit.uses.size;
      lengthBytes += commit.lengthBytes;
    }
    if (taken.length > 0) this.#waiting = [...left, ...this.#waiting.slice(index)];
    return taken;
  }
}
