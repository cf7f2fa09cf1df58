/**
 * Carries the lifecycle rules of all buckets out, once: walks buckets, versions and uploads in bounded pages and acts
 * on what is due. After each page it writes down how far it has come, so that a run that was broken off is taken up
 * there; at worst one page is walked twice. Safe to repeat: every action holds only while its version is still due, and
 * what was done is not due any more. Leaves out when it runs (`lifecycle-worker.ts`) and the judgement
 * (`due-actions.ts`).
 */
import type { LifecycleRule } from '@annals/protocol';
import {
  type BucketRecord,
  EngineFailure,
  type ObjectHead,
  type ObjectStore,
  StoreFailure,
  type VersionEntry,
} from '@annals/store';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import { type DueAction, dueForCurrent, dueForNoncurrent, ruleForLoneMarker, ruleForUpload } from './due-actions.js';
import {
  type LifecycleCursor,
  type LifecyclePlace,
  type NewerVersion,
  readLifecycleCursor,
  removeLifecycleCursor,
  type UploadsPlace,
  type VersionsPlace,
  writeLifecycleCursor,
} from './lifecycle-cursor.js';
import { runnableRules } from './understood-rules.js';

/** What a run did; one that was taken up, since then. */
export interface LifecycleReport {
  /** When it began; before this call if it was taken up. */
  readonly startedAtMs: number;
  readonly isResumed: boolean;
  /** Whether it came to its end; otherwise the next goes on where it stopped. */
  readonly isFinished: boolean;
  readonly bucketCount: number;
  /** Versions, delete markers and uploads looked at. */
  readonly rowCount: number;
  readonly expiredCount: number;
  readonly transitionedCount: number;
  readonly abortedUploadCount: number;
  readonly removedMarkerCount: number;
  /** Left alone because a retention policy protects them. */
  readonly retainedCount: number;
  /** Left for the next run because something went wrong. */
  readonly failedCount: number;
}

/** What a run needs. */
export interface LifecycleRunOptions {
  readonly store: ObjectStore;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Rows of a page. Default: 500. */
  readonly pageRowCountMax?: number;
  /** Called between pages; a run that is stopped is taken up by the next. */
  readonly isStopped?: () => boolean;
  /** Called for every action. */
  readonly onAction?: (action: LifecycleAction) => void;
  /** Called for every failure; the run goes on. */
  readonly onFailure?: (error: unknown) => void;
}

/** One action that took effect. */
export interface LifecycleAction {
  readonly kind: 'expire' | 'transition' | 'abort-upload' | 'remove-marker';
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  readonly ruleId: string;
  readonly storageClass?: string;
}

const PAGE_ROW_COUNT_MAX = 500;

/**
 * Runs once over everything, or over what the run before has left. Never throws: what failed is counted, told, and left
 * for the next run.
 */
export function runLifecycle(options: LifecycleRunOptions): Promise<LifecycleReport> {
  return new LifecycleRun(options).run();
}

class LifecycleRun {
  readonly #options: LifecycleRunOptions;
  readonly #pageRowCountMax: number;
  #startedAtMs: number;
  #isResumed = false;
  #isFinished = false;
  readonly #counts = {
    bucketCount: 0,
    rowCount: 0,
    expiredCount: 0,
    transitionedCount: 0,
    abortedUploadCount: 0,
    removedMarkerCount: 0,
    retainedCount: 0,
    failedCount: 0,
  };

  constructor(options: LifecycleRunOptions) {
    this.#options = options;
    this.#startedAtMs = options.nowMs;
    this.#pageRowCountMax = options.pageRowCountMax ?? PAGE_ROW_COUNT_MAX;
  }

  async run(): Promise<LifecycleReport> {
    await this.#attempt(() => this.#walkBuckets());
    const [startedAtMs, isResumed, isFinished] = [this.#startedAtMs, this.#isResumed, this.#isFinished];
    return { startedAtMs, isResumed, isFinished, ...this.#counts };
  }

  async #walkBuckets(): Promise<void> {
    const { store } = this.#options;
    let after = await this.#takeUp();
    while (after !== undefined) {
      if (this.#isStopped()) return;
      const page: Awaited<ReturnType<ObjectStore['listBuckets']>> = await store.listBuckets({
        prefix: '',
        after,
        limit: this.#pageRowCountMax,
      });
      for (const bucket of page.buckets) {
        if (!(await this.#visitBucket(bucket))) return;
      }
      after = page.next;
    }
    await removeLifecycleCursor(store);
    this.#isFinished = true;
  }

  /** @returns The bucket after which to go on: an empty name, which is before all, when no run was broken off. */
  async #takeUp(): Promise<string | undefined> {
    const { store } = this.#options;
    const cursor = await this.#readCursor();
    if (cursor === undefined) return '';
    this.#isResumed = true;
    this.#startedAtMs = cursor.startedAtMs;
    const { bucket, place } = cursor;
    if (place !== undefined) {
      await this.#attempt(async () => void (await this.#visitBucket(await store.getBucket(bucket), place)));
    }
    return bucket;
  }

  /** A damaged place is reported, and the run begins again: something is judged twice then. */
  async #readCursor(): Promise<LifecycleCursor | undefined> {
    try {
      return await readLifecycleCursor(this.#options.store);
    } catch (error) {
      if (!(error instanceof EngineFailure) || error.reason.kind !== 'corrupt') throw error;
      this.#options.onFailure?.(error);
      return undefined;
    }
  }

  /**
   * @param from Absent: from its beginning.
   * @returns Whether the run goes on; not when it was stopped.
   */
  async #visitBucket(bucket: BucketRecord, from?: LifecyclePlace): Promise<boolean> {
    let rules: readonly LifecycleRule[] = [];
    // One bucket's trouble is not the next one's.
    await this.#attempt(async () => {
      rules = runnableRules(configurationsOf(bucket).lifecycle);
    });
    if (rules.length === 0) return true;
    this.#counts.bucketCount += 1;
    let goesOn = true;
    await this.#attempt(async () => {
      goesOn = await this.#walkBucket(bucket, rules, from);
    });
    if (goesOn) await this.#note(bucket.name);
    return goesOn;
  }

  /** @returns Whether it came to the end of the bucket. */
  async #walkBucket(bucket: BucketRecord, rules: readonly LifecycleRule[], from?: LifecyclePlace): Promise<boolean> {
    const ofUploads = rules.filter((rule) => rule.abortMultipartUpload !== undefined);
    const beginnings: readonly LifecyclePlace[] = [
      ...widestPrefixes(rules.filter(concernsVersions)).map((prefix) => ({ kind: 'versions', prefix }) as const),
      ...widestPrefixes(ofUploads).map((prefix) => ({ kind: 'uploads', prefix }) as const),
    ];
    // Where the rules have changed since, there may be no such place any more: then the bucket begins again.
    const first = beginnings.findIndex(({ kind, prefix }) => kind === from?.kind && prefix === from.prefix);
    for (const [index, beginning] of beginnings.entries()) {
      if (index < first) continue;
      if (index > Math.max(0, first)) await this.#note(bucket.name, beginning);
      const place = index === first && from !== undefined ? from : beginning;
      const isDone =
        place.kind === 'versions'
          ? await this.#walkVersions(bucket.name, rules, place)
          : await this.#walkUploads(bucket.name, rules, place);
      if (!isDone) return false;
    }
    return true;
  }

  /** @returns Whether it came to the last page. */
  async #walkVersions(bucket: string, rules: readonly LifecycleRule[], place: VersionsPlace): Promise<boolean> {
    const { prefix } = place;
    let { after, newer } = place;
    for (;;) {
      if (this.#isStopped()) return false;
      const input = { bucket, prefix, delimiter: '', after, limit: this.#pageRowCountMax };
      const { versions, next } = await this.#options.store.listObjectVersions(input);
      for (const entry of versions) {
        this.#counts.rowCount += 1;
        await this.#attempt(() => this.#judge(bucket, rules, entry, newer));
        newer = { key: keyOf(entry), bornAtMs: bornAtMs(entry) };
      }
      if (next === undefined) return true;
      after = next;
      await this.#note(bucket, { kind: 'versions', prefix, after, ...(newer !== undefined && { newer }) });
    }
  }

  /** @param newer The entry before this one, which took its place if it is of the same key. */
  async #judge(
    bucket: string,
    rules: readonly LifecycleRule[],
    entry: VersionEntry,
    newer: NewerVersion | undefined,
  ): Promise<void> {
    const { nowMs, store } = this.#options;
    if (entry.kind === 'delete-marker') {
      const { key, isLatest, lastModifiedAtMs } = entry.marker;
      const ruleId = isLatest ? ruleForLoneMarker(rules, key, lastModifiedAtMs, nowMs) : undefined;
      if (ruleId === undefined) return;
      if (await store.removeLoneDeleteMarker({ bucket, key })) {
        this.#counts.removedMarkerCount += 1;
        this.#tell({ kind: 'remove-marker', bucket, key, ruleId });
      }
      return;
    }
    const { head } = entry;
    if (head.isLatest) {
      await this.#act(head, { bucket, key: head.key }, (now) =>
        now.isLatest ? dueForCurrent(rules, now, nowMs) : undefined,
      );
      return;
    }
    const sinceMs = newer?.key === head.key ? newer.bornAtMs : undefined;
    if (sinceMs === undefined || head.versionId === undefined) return;
    await this.#act(head, { bucket, key: head.key, versionId: head.versionId }, (now) =>
      now.isLatest ? undefined : dueForNoncurrent(rules, now, sinceMs, nowMs),
    );
  }

  async #act(
    head: ObjectHead,
    target: { readonly bucket: string; readonly key: string; readonly versionId?: string },
    judge: (head: ObjectHead) => DueAction | undefined,
  ): Promise<void> {
    const action = judge(head);
    if (action === undefined) return;
    const { store } = this.#options;
    if (action.kind === 'expire') {
      if (!(await store.expireVersion(target, (now) => judge(now)?.kind === 'expire'))) return;
      this.#counts.expiredCount += 1;
    } else {
      const { storageClass } = action;
      const isDue = (now: ObjectHead): boolean => {
        const due = judge(now);
        return due?.kind === 'transition' && due.storageClass === storageClass;
      };
      if (!(await store.transitionVersion(target, storageClass, isDue))) return;
      this.#counts.transitionedCount += 1;
    }
    this.#tell({ ...target, ...action });
  }

  /** @returns Whether it came to the last page. */
  async #walkUploads(bucket: string, rules: readonly LifecycleRule[], place: UploadsPlace): Promise<boolean> {
    const { store, nowMs } = this.#options;
    const { prefix } = place;
    let { after } = place;
    for (;;) {
      if (this.#isStopped()) return false;
      const { uploads, next } = await store.listUploads({
        bucket,
        prefix,
        delimiter: '',
        afterKey: after?.key ?? '',
        afterUploadId: after?.uploadId,
        limit: this.#pageRowCountMax,
      });
      for (const { key, uploadId, initiatedAtMs } of uploads) {
        this.#counts.rowCount += 1;
        const ruleId = ruleForUpload(rules, key, initiatedAtMs, nowMs);
        if (ruleId === undefined) continue;
        await this.#attempt(async () => {
          await store.abortUpload({ bucket, key, uploadId });
          this.#counts.abortedUploadCount += 1;
          this.#tell({ kind: 'abort-upload', bucket, key, ruleId });
        });
      }
      if (next === undefined) return true;
      after = next;
      await this.#note(bucket, { kind: 'uploads', prefix, after });
    }
  }

  /** Writes down how far the run has come. Where that fails, it goes on: the next one has more to walk. */
  #note(bucket: string, place?: LifecyclePlace): Promise<void> {
    const cursor = { startedAtMs: this.#startedAtMs, bucket, ...(place !== undefined && { place }) };
    return this.#attempt(() => writeLifecycleCursor(this.#options.store, cursor));
  }

  #isStopped(): boolean {
    return this.#options.isStopped?.() ?? false;
  }

  #tell(action: LifecycleAction): void {
    this.#options.onAction?.(action);
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (error instanceof StoreFailure && error.reason.kind === 'immutable') {
        this.#counts.retainedCount += 1;
        return;
      }
      // Completed, aborted or deleted by another request meanwhile.
      if (error instanceof StoreFailure && ['no-such-upload', 'no-such-bucket'].includes(error.reason.kind)) return;
      this.#counts.failedCount += 1;
      this.#options.onFailure?.(error);
    }
  }
}

function keyOf(entry: VersionEntry): string {
  return entry.kind === 'object' ? entry.head.key : entry.marker.key;
}

/** When a version came: an appendable one may have been written to for long after that. */
function bornAtMs(entry: VersionEntry): number {
  return entry.kind === 'object' ? entry.head.createdAtMs : entry.marker.lastModifiedAtMs;
}

function concernsVersions(rule: LifecycleRule): boolean {
  return (
    rule.expiration !== undefined ||
    rule.transitions.length > 0 ||
    rule.noncurrentVersionExpirationDays !== undefined ||
    rule.noncurrentVersionTransitions.length > 0
  );
}

/** The prefixes of rules without those that lie below another, so that no key is walked twice. */
function widestPrefixes(rules: readonly LifecycleRule[]): readonly string[] {
  const prefixes = [...new Set(rules.map(({ prefix }) => prefix))].sort((one, other) => one.length - other.length);
  return prefixes.filter((prefix, index) => !prefixes.slice(0, index).some((wider) => prefix.startsWith(wider)));
}
