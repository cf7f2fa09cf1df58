/**
 * Random operations on a bucket with versions, against the store and against the model; the caller says which failures
 * are no fault of the store.
 */
import assert from 'node:assert/strict';
import { assertSameBytes, bodyOf, expectFailure, patternBytes } from './object-store-bodies.js';
import type { ObjectStoreDriver, ObservedVersion, VersionDriver } from './object-store-driver.js';
import type { SeededRandom } from './seeded-random.js';
import { type ModelVersion, VersionModel } from './version-model.js';

const KEYS = ['a', 'a/1', 'a/2', 'b', 'ü'];

/** What a run works with. */
export interface VersionModelRunOptions {
  readonly driver: ObjectStoreDriver;
  readonly bucket: string;
  readonly random: SeededRandom;
  /** Whether batches are tried: one that fails in the middle leaves nobody knowing how far it came. Default: yes. */
  readonly hasBatches?: boolean;
}

/** One bucket, its model, and what to do next. */
export class VersionModelRun {
  readonly model = new VersionModel();
  readonly #bucket: string;
  readonly #random: SeededRandom;
  readonly #hasBatches: boolean;
  #driver: ObjectStoreDriver;

  constructor({ driver, bucket, random, hasBatches = true }: VersionModelRunOptions) {
    this.#driver = driver;
    this.#bucket = bucket;
    this.#random = random;
    this.#hasBatches = hasBatches;
  }

  /** Goes on over another store that was opened over the same engines. */
  reopen(driver: ObjectStoreDriver): void {
    this.#driver = driver;
  }

  /**
   * One random operation. The store and the model change together or not at all.
   * @returns What the store failed with, if the model did not expect it to.
   */
  async operate(): Promise<unknown> {
    const key = this.#pick(KEYS);
    const choice = this.#random.next();
    if (choice < 0.35) return this.#append(key);
    if (choice < 0.6) return this.#put(key);
    if (choice < 0.72) return this.#remove(key, undefined);
    if (choice < 0.86) return this.#remove(key, this.#someId(key));
    if (choice < 0.93 && this.#hasBatches) return this.#removeMany();
    return this.#setVersioning();
  }

  /** Compares all that can be seen. */
  async compare(): Promise<void> {
    const expected = [...this.model.all()];
    assert.deepEqual(
      await this.#listAll(this.#random.below(4) + 1),
      expected.map(({ key, version, isLatest }) => observed(key, version, isLatest)),
    );
    for (const { key, version } of expected) await this.#compareVersion(key, version);
    await this.#compareKeys();
    const objects = expected.filter(({ version }) => version.type !== 'delete-marker');
    const statistics = await this.#versions.statistics(this.#bucket);
    assert.equal(statistics.objectCount, objects.length);
    assert.equal(statistics.deleteMarkerCount, expected.length - objects.length);
    assert.equal(
      statistics.lengthBytes,
      objects.reduce((sum, { version }) => sum + version.bytes.length, 0),
    );
  }

  /** Removes every version by its id, until the bucket can be deleted. */
  async removeAll(): Promise<void> {
    for (const { key, version } of [...this.model.all()]) {
      await expectFailure(this.#driver, 'bucket-not-empty', this.#driver.deleteBucket(this.#bucket));
      await this.#versions.remove({ bucket: this.#bucket, key, versionId: version.id });
      this.model.remove(key, version.id, { deleteMarker: false });
    }
    assert.deepEqual(await this.#listAll(100), []);
  }

  get #versions(): VersionDriver {
    return versionsOf(this.#driver);
  }

  async #compareVersion(key: string, version: ModelVersion): Promise<void> {
    const target = { bucket: this.#bucket, key, versionId: version.id };
    if (version.type === 'delete-marker') {
      await expectFailure(this.#driver, 'version-is-delete-marker', this.#versions.head(target));
      return;
    }
    const head = await this.#versions.head(target);
    assert.deepEqual(
      [head.type, head.length, head.versionId ?? 'null'],
      [version.type, version.bytes.length, version.id],
    );
    assertSameBytes(await this.#versions.read(target), version.bytes);
  }

  async #compareKeys(): Promise<void> {
    const live: string[] = [];
    for (const key of KEYS) {
      const target = { bucket: this.#bucket, key };
      const object = this.model.object(key);
      if (object === undefined) {
        await expectFailure(this.#driver, 'no-such-key', this.#versions.read(target));
      } else {
        live.push(key);
        assertSameBytes(await this.#versions.read(target), object.bytes);
      }
    }
    const page = await this.#driver.listObjects({
      bucket: this.#bucket,
      prefix: '',
      delimiter: '',
      after: '',
      limit: 100,
    });
    assert.deepEqual(page.keys, live);
  }

  async #listAll(limit: number): Promise<readonly ObservedVersion[]> {
    const all: ObservedVersion[] = [];
    const input = { bucket: this.#bucket, prefix: '', delimiter: '', limit };
    let page = await this.#versions.list({ ...input, after: undefined });
    all.push(...page.versions);
    while (page.next !== undefined) {
      assert.equal(page.versions.length, limit);
      page = await this.#versions.list({ ...input, after: page.next });
      all.push(...page.versions);
    }
    return all;
  }

  #append(key: string): Promise<unknown> {
    const length = this.model.object(key)?.bytes.length ?? 0;
    const position = this.#random.next() < 0.9 ? length : this.#random.below(length + 10);
    const bytes = this.#bytes();
    return this.#apply(
      () => this.#versions.append({ bucket: this.#bucket, key }, position, bodyOf(bytes)),
      (versionId) => {
        const before = this.model.object(key);
        if (before !== undefined) assert.equal(versionId ?? 'null', before.id, 'an append keeps the id of its version');
        this.model.append(key, bytes, versionId);
      },
      this.model.refusalOfAppend(key, position),
    );
  }

  #put(key: string): Promise<unknown> {
    const bytes = this.#bytes();
    return this.#apply(
      () => this.#versions.put({ bucket: this.#bucket, key }, bodyOf(bytes)),
      (versionId) => this.model.publish(key, 'normal', bytes, versionId),
      this.model.refusalOfPut(key),
    );
  }

  #remove(key: string, versionId: string | undefined): Promise<unknown> {
    const isMarker = this.model.isMarkerRemoval(key, versionId);
    return this.#apply(
      () => this.#versions.remove({ bucket: this.#bucket, key, ...(versionId !== undefined && { versionId }) }),
      (result) => {
        assert.equal(result.deleteMarker, isMarker);
        this.model.remove(key, versionId, result);
      },
    );
  }

  #removeMany(): Promise<unknown> {
    // Without an id only once a key: which of two such deletions made which marker cannot be known.
    const targets = KEYS.flatMap((key) => {
      const ids = (this.model.keys.get(key) ?? []).filter(() => this.#random.next() < 0.3).map(({ id }) => id);
      return ids.map((versionId) => ({ key, versionId }));
    });
    return this.#apply(
      () => this.#versions.removeMany(this.#bucket, targets),
      (results) => {
        for (const [index, { key, versionId }] of targets.entries()) {
          const result = results[index];
          assert.ok(result !== undefined);
          assert.equal(result.deleteMarker, this.model.isMarkerRemoval(key, versionId));
          this.model.remove(key, versionId, result);
        }
      },
    );
  }

  #setVersioning(): Promise<unknown> {
    const versioning = this.#random.next() < 0.5 ? 'enabled' : 'suspended';
    return this.#apply(
      () => this.#versions.setVersioning(this.#bucket, versioning),
      () => {
        this.model.versioning = versioning;
      },
    );
  }

  async #apply<Result>(
    call: () => Promise<Result>,
    changeModel: (result: Result) => void,
    refusal?: string,
  ): Promise<unknown> {
    let result: Result;
    try {
      result = await call();
    } catch (error) {
      return this.#driver.failureOf(error)?.kind === refusal ? undefined : error;
    }
    assert.equal(refusal, undefined, 'the store did what the model refuses');
    changeModel(result);
    return undefined;
  }

  /** Mostly an id that is there, now and then one that is not. */
  #someId(key: string): string {
    const ids = (this.model.keys.get(key) ?? []).map(({ id }) => id);
    return this.#pick([...ids, ...ids, 'null', `CAEQ${'A'.repeat(60)}`]);
  }

  #bytes(): Buffer {
    return Buffer.from(patternBytes(this.#pick([0, 1, 20, 70, 300]), this.#random.below(2 ** 31)));
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }
}

function observed(key: string, version: ModelVersion, isLatest: boolean): ObservedVersion {
  const isDeleteMarker = version.type === 'delete-marker';
  return { key, versionId: version.id, isLatest, isDeleteMarker, length: version.bytes.length };
}

/** The part of a driver that cases with the need `versioning` are given. */
export function versionsOf({ versions }: ObjectStoreDriver): VersionDriver {
  assert.ok(versions !== undefined, 'the driver claims versioning but has no versions');
  return versions;
}
