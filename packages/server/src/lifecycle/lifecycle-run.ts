/**
 * Carries the lifecycle rules of all buckets out, once: walks buckets, versions and uploads in bounded pages and acts on what is due. Safe to
 * break off and to repeat: every action holds only while its version is still due, and what was done is not due any more.
 * Leaves out when it runs (`lifecycle-worker.ts`) and the judgement (`due-actions.ts`).
 */
import type { LifecycleRule } from '@annals/protocol';
import { type BucketRecord, type ObjectHead, type ObjectStore, StoreFailure, type VersionEntry } from '@annals/store';
import { configurationsOf } from '../bucket-rules/bucket-configurations.js';
import { type DueAction, dueForCurrent, dueForNoncurrent, ruleForLoneMarker, ruleForUpload } from './due-actions.js';

/** What a run did. */
export interface LifecycleReport {
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
  /** Asked between pages; a run that is stopped begins anew the next time. */
  readonly isStopped?: () => boolean;
  /** Told of every action. */
  readonly onAction?: (action: LifecycleAction) => void;
  /** Told of every failure; the run goes on. */
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

/** Runs once over everything. Never throws: what failed is counted, told, and left for the next run. */
export function runLifecycle(options: LifecycleRunOptions): Promise<LifecycleReport> {
  return new LifecycleRun(options).run();
}

class LifecycleRun {
  readonly #options: LifecycleRunOptions;
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
  }

  async run(): Promise<LifecycleReport> {
    await this.#attempt(() => this.#walkBuckets());
    return { ...this.#counts };
  }

  async #walkBuckets(): Promise<void> {
    const { store } = this.#options;
    let after: string | undefined = '';
    while (after !== undefined && !this.#isStopped()) {
      const page: Awaited<ReturnType<ObjectStore['listBuckets']>> = await store.listBuckets({
        prefix: '',
        after,
        limit: PAGE_ROW_COUNT_MAX,
      });
      for (const bucket of page.buckets) {
        const rules = configurationsOf(bucket).lifecycle?.rules.filter((rule) => rule.isEnabled) ?? [];
        if (rules.length === 0) continue;
        this.#counts.bucketCount += 1;
        // One bucket's trouble is not the next one's.
        await this.#attempt(() => this.#walkBucket(bucket, rules));
      }
      after = page.next;
    }
  }

  async #walkBucket(bucket: BucketRecord, rules: readonly LifecycleRule[]): Promise<void> {
    for (const prefix of widestPrefixes(rules.filter(concernsVersions))) {
      await this.#walkVersions(bucket, rules, prefix);
    }
    for (const prefix of widestPrefixes(rules.filter((rule) => rule.abortMultipartUpload !== undefined))) {
      await this.#walkUploads(bucket, rules, prefix);
    }
  }

  async #walkVersions({ name: bucket }: BucketRecord, rules: readonly LifecycleRule[], prefix: string): Promise<void> {
    let after: Parameters<ObjectStore['listObjectVersions']>[0]['after'];
    let newer: VersionEntry | undefined;
    do {
      if (this.#isStopped()) return;
      const page: Awaited<ReturnType<ObjectStore['listObjectVersions']>> = await this.#options.store.listObjectVersions(
        {
          bucket,
          prefix,
          delimiter: '',
          after,
          limit: PAGE_ROW_COUNT_MAX,
        },
      );
      for (const entry of page.versions) {
        this.#counts.rowCount += 1;
        await this.#attempt(() => this.#judge(bucket, rules, entry, newer));
        newer = entry;
      }
      after = page.next;
    } while (after !== undefined);
  }

  /** @param newer The entry before this one, which took its place if it is of the same key. */
  async #judge(
    bucket: string,
    rules: readonly LifecycleRule[],
    entry: VersionEntry,
    newer: VersionEntry | undefined,
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
    const sinceMs = newer !== undefined && keyOf(newer) === head.key ? bornAtMs(newer) : undefined;
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

  async #walkUploads({ name: bucket }: BucketRecord, rules: readonly LifecycleRule[], prefix: string): Promise<void> {
    const { store, nowMs } = this.#options;
    let after: Awaited<ReturnType<ObjectStore['listUploads']>>['next'];
    do {
      if (this.#isStopped()) return;
      const page: Awaited<ReturnType<ObjectStore['listUploads']>> = await store.listUploads({
        bucket,
        prefix,
        delimiter: '',
        afterKey: after?.key ?? '',
        afterUploadId: after?.uploadId,
        limit: PAGE_ROW_COUNT_MAX,
      });
      for (const { key, uploadId, initiatedAtMs } of page.uploads) {
        this.#counts.rowCount += 1;
        const ruleId = ruleForUpload(rules, key, initiatedAtMs, nowMs);
        if (ruleId === undefined) continue;
        await this.#attempt(async () => {
          await store.abortUpload({ bucket, key, uploadId });
          this.#counts.abortedUploadCount += 1;
          this.#tell({ kind: 'abort-upload', bucket, key, ruleId });
        });
      }
      after = page.next;
    } while (after !== undefined);
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
      // Completed, aborted or deleted by somebody else meanwhile.
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
