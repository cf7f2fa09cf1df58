/** A store whose objects grow old, with a clock that stands still until it is moved. */
import { parseLifecycleConfiguration } from '@annals/protocol';
import { type OpenedStore, openMemoryBlobStore, openMemoryKeyValueStore, openObjectStore } from '@annals/store';
import { type LifecycleAction, type LifecycleReport, runLifecycle } from '../lifecycle-run.js';

/** The bucket that it has. */
export const AGING_BUCKET = 'aging';
/** When it begins. */
export const AGING_START_MS = Date.UTC(2026, 0, 1);

/** Attributes of an object with these tags. */
export function attributesOf(tags: Record<string, string> = {}) {
  return { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags } as const;
}

/** Lets a run walk so many pages; a walk among the buckets counts as one. */
export function after(pageCount: number): { isStopped: () => boolean } {
  let count = 0;
  return { isStopped: () => ++count > pageCount };
}

/** The store, and shorthand for what its tests do. */
export class AgingStore {
  nowMs = AGING_START_MS;
  readonly store: OpenedStore;

  private constructor(open: (nowMs: () => number) => OpenedStore) {
    this.store = open(() => this.nowMs);
  }

  /** Opens one in memory, with one bucket. */
  static async open(): Promise<AgingStore> {
    let nowMs = (): number => AGING_START_MS;
    const store = await openObjectStore({
      keyValues: openMemoryKeyValueStore(),
      blobs: openMemoryBlobStore(),
      clock: { nowMs: () => nowMs() },
    });
    const aging = new AgingStore((clock) => {
      nowMs = clock;
      return store;
    });
    await aging.makeBucket(AGING_BUCKET);
    return aging;
  }

  async makeBucket(name: string): Promise<void> {
    await this.store.createBucket({
      name,
      ownerId: '1',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
  }

  /** @param contents Of the rules, without their ids and states. */
  async setRules(...contents: string[]): Promise<void> {
    const rules = contents.map((content, index) => `<Rule><ID>r${index}</ID><Status>Enabled</Status>${content}</Rule>`);
    const lifecycle = parseLifecycleConfiguration(`<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`);
    await this.store.updateBucket(AGING_BUCKET, { configurations: { lifecycle } });
  }

  async put(key: string, tags: Record<string, string> = {}, bucket = AGING_BUCKET): Promise<void> {
    const attributes = attributesOf(tags);
    const input = { bucket, key, ownerId: '1', attributes, forbidOverwrite: false, expected: {}, lengthMax: 10 };
    await this.store.putObject(input, {
      length: 1,
      async *open() {
        yield Buffer.from('x');
      },
    });
  }

  /** Runs the rules now; a failure of an action is one of the test. */
  run(
    change: { isStopped?: () => boolean; onAction?: (action: LifecycleAction) => void } = {},
  ): Promise<LifecycleReport> {
    return runLifecycle({
      store: this.store,
      nowMs: this.nowMs,
      onFailure: (error) => {
        throw error;
      },
      ...change,
    });
  }

  async keysLeft(): Promise<readonly string[]> {
    const { objects } = await this.store.listObjects({
      bucket: AGING_BUCKET,
      prefix: '',
      delimiter: '',
      after: '',
      limit: 10_000,
    });
    return objects.map(({ key }) => key);
  }
}
