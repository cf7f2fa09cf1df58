/**
 * Conformance of versions: ids, delete markers, "null", appends among them, their listing, and a random walk against a
 * model.
 */
import assert from 'node:assert/strict';
import { assertSameBytes, bodyOf, expectFailure } from './object-store-bodies.js';
import type { ObjectStoreCase, ObservedVersion, VersionDriver } from './object-store-driver.js';
import { seededRandom } from './seeded-random.js';
import { VersionModelRun, versionsOf } from './version-model-run.js';

const OPERATION_COUNT = 120;

async function listKey(versions: VersionDriver, bucket: string, key: string): Promise<readonly ObservedVersion[]> {
  const page = await versions.list({ bucket, prefix: key, delimiter: '', after: undefined, limit: 1000 });
  return page.versions.filter((version) => version.key === key);
}

const idsOf = (listed: readonly ObservedVersion[]): readonly string[] => listed.map(({ versionId }) => versionId);

/** All pages, as text: keys with their ids or prefixes. */
async function walk(
  versions: VersionDriver,
  input: { readonly bucket: string; readonly prefix: string; readonly delimiter: string; readonly limit: number },
): Promise<readonly string[]> {
  const names: string[] = [];
  let page = await versions.list({ ...input, after: undefined });
  for (;;) {
    names.push(...page.commonPrefixes, ...page.versions.map(({ key, versionId }) => `${key} ${versionId}`));
    if (page.next === undefined) return names.sort();
    assert.equal(page.versions.length + page.commonPrefixes.length, input.limit);
    page = await versions.list({ ...input, after: page.next });
  }
}

/** What versions promise. */
export const versioningCases: readonly ObjectStoreCase[] = [
  {
    name: 'versions: a replaced object stays readable by its id, the newest is current',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      const target = { bucket, key: 'k' };
      assert.equal(await versions.put(target, bodyOf('before')), undefined);
      await versions.setVersioning(bucket, 'enabled');
      assert.equal((await versions.head(target)).versionId, 'null');
      const first = (await versions.put(target, bodyOf('first'))) as string;
      const second = (await versions.put(target, bodyOf('second'), { forbidOverwrite: true })) as string;
      assert.match(first, /^CAEQ[A-Za-z0-9_-]{60}$/);
      assert.notEqual(first, second);
      assertSameBytes(await versions.read(target), 'second');
      assertSameBytes(await versions.read({ ...target, versionId: first }), 'first');
      assertSameBytes(await versions.read({ ...target, versionId: 'null' }), 'before');
      const listed = await listKey(versions, bucket, 'k');
      assert.deepEqual(idsOf(listed), [second, first, 'null']);
      assert.deepEqual(
        listed.map(({ isLatest }) => isLatest),
        [true, false, false],
      );
      await expectFailure(driver, 'no-such-version', versions.read({ ...target, versionId: `CAEQ${'A'.repeat(60)}` }));
      await expectFailure(driver, 'no-such-version', versions.read({ ...target, key: 'other', versionId: first }));
    },
  },
  {
    name: 'versions: a deletion without an id hides the object behind a marker, removing the marker brings it back',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      const target = { bucket, key: 'k' };
      await versions.setVersioning(bucket, 'enabled');
      const object = (await versions.put(target, bodyOf('data'))) as string;
      const { versionId: marker, deleteMarker } = await versions.remove(target);
      assert.equal(deleteMarker, true);
      assert.ok(marker !== undefined && marker !== object);
      await expectFailure(driver, 'no-such-key', versions.read(target));
      await expectFailure(driver, 'version-is-delete-marker', versions.read({ ...target, versionId: marker }));
      await expectFailure(driver, 'version-is-delete-marker', versions.setTags({ ...target, versionId: marker }, {}));
      assertSameBytes(await versions.read({ ...target, versionId: object }), 'data');
      const page = await driver.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 10 });
      assert.deepEqual(page.keys, []);
      const again = await versions.remove(target);
      assert.equal((await listKey(versions, bucket, 'k')).length, 3);
      await versions.remove({ ...target, versionId: again.versionId as string });
      assert.deepEqual(await versions.remove({ ...target, versionId: marker }), {
        versionId: marker,
        deleteMarker: true,
      });
      assertSameBytes(await versions.read(target), 'data');
      assert.equal((await versions.head(target)).versionId, object);
    },
  },
  {
    name: 'versions: a marker is made for a key that is not there, and a version that is not there is deleted in vain',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      const absent = `CAEQ${'A'.repeat(60)}`;
      await versions.setVersioning(bucket, 'enabled');
      assert.deepEqual(await versions.remove({ bucket, key: 'k', versionId: absent }), {
        versionId: absent,
        deleteMarker: false,
      });
      const { versionId } = await versions.remove({ bucket, key: 'k' });
      assert.deepEqual(await listKey(versions, bucket, 'k'), [
        { key: 'k', versionId, isLatest: true, isDeleteMarker: true, length: 0 },
      ]);
      await expectFailure(driver, 'bucket-not-empty', driver.deleteBucket(bucket));
      await versions.remove({ bucket, key: 'k', versionId: versionId as string });
      await driver.deleteBucket(bucket);
      await driver.createBucket(bucket);
      assert.equal((await versions.statistics(bucket)).deleteMarkerCount, 0);
    },
  },
  {
    name: 'versions: a suspended bucket replaces the version "null" alone, wherever it stands',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      const target = { bucket, key: 'k' };
      await versions.put(target, bodyOf('zero'));
      await versions.setVersioning(bucket, 'enabled');
      const real = (await versions.put(target, bodyOf('real'))) as string;
      await versions.setVersioning(bucket, 'suspended');
      assert.equal(await versions.put(target, bodyOf('one')), 'null');
      assert.deepEqual(idsOf(await listKey(versions, bucket, 'k')), ['null', real]);
      assertSameBytes(await versions.read({ ...target, versionId: 'null' }), 'one');
      assert.equal(await versions.put(target, bodyOf('two')), 'null');
      assert.deepEqual(await versions.remove(target), { versionId: 'null', deleteMarker: true });
      assert.deepEqual(idsOf(await listKey(versions, bucket, 'k')), ['null', real]);
      await versions.remove({ ...target, versionId: 'null' });
      assertSameBytes(await versions.read(target), 'real');
      await versions.setVersioning(bucket, 'enabled');
      const next = (await versions.put(target, bodyOf('next'))) as string;
      assert.deepEqual(idsOf(await listKey(versions, bucket, 'k')), [next, real]);
    },
  },
  {
    name: 'versions: appends keep the id of their version, over a marker they begin a new one, only the current one grows',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      const target = { bucket, key: 'log' };
      await versions.setVersioning(bucket, 'enabled');
      const first = (await versions.append(target, 0, bodyOf('ab'))) as string;
      assert.equal(await versions.append(target, 2, bodyOf('cd')), first);
      const { versionId: marker } = await versions.remove(target);
      await expectFailure(driver, 'position-mismatch', versions.append(target, 4, bodyOf('ef')));
      const second = (await versions.append(target, 0, bodyOf('x'))) as string;
      assert.notEqual(second, first);
      assert.equal(await versions.append(target, 1, bodyOf('y')), second);
      assertSameBytes(await versions.read({ ...target, versionId: first }), 'abcd');
      // A marker that is not current goes without moving anything.
      await versions.remove({ ...target, versionId: marker as string });
      assert.equal(await versions.append(target, 2, bodyOf('z')), second);
      assertSameBytes(await versions.read(target), 'xyz');
      // What is current again grows again.
      await versions.remove({ ...target, versionId: second });
      assert.equal(await versions.append(target, 4, bodyOf('ef')), first);
      assertSameBytes(await versions.read({ ...target, versionId: first }), 'abcdef');
    },
  },
  {
    name: 'versions: a put over an appendable object is refused only where it would destroy it',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      const target = { bucket, key: 'log' };
      await versions.append(target, 0, bodyOf('recorded'));
      await expectFailure(driver, 'already-exists', versions.put(target, bodyOf('x')));
      await versions.setVersioning(bucket, 'suspended');
      await expectFailure(driver, 'already-exists', versions.put(target, bodyOf('x')));
      await versions.setVersioning(bucket, 'enabled');
      await versions.put(target, bodyOf('plain'));
      assertSameBytes(await versions.read({ ...target, versionId: 'null' }), 'recorded');
      await expectFailure(driver, 'not-appendable', versions.append(target, 5, bodyOf('y')));
      // The appendable version is not current now, and would be destroyed all the same.
      await versions.setVersioning(bucket, 'suspended');
      await expectFailure(driver, 'already-exists', versions.put(target, bodyOf('x')));
      await expectFailure(driver, 'already-exists', versions.putSymlink(target, 'elsewhere'));
    },
  },
  {
    name: 'versions: ACL and tags belong to one version, and are kept when it moves',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      const target = { bucket, key: 'k' };
      await versions.setVersioning(bucket, 'enabled');
      const first = (await versions.put(target, bodyOf('1'))) as string;
      await versions.setTags(target, { stage: 'raw' });
      const second = (await versions.put(target, bodyOf('2'))) as string;
      await versions.setAcl({ ...target, versionId: first }, 'public-read');
      assert.deepEqual((await versions.head(target)).tags, {});
      const before = await versions.head({ ...target, versionId: first });
      assert.deepEqual([before.acl, before.tags], ['public-read', { stage: 'raw' }]);
      await versions.setTags({ ...target, versionId: first }, { stage: 'done', by: 'me' });
      await versions.remove({ ...target, versionId: second });
      const after = await versions.head(target);
      assert.deepEqual([after.acl, after.tags, after.etag], ['public-read', { stage: 'done', by: 'me' }, before.etag]);
      assert.equal(after.lastModifiedAtMs, before.lastModifiedAtMs);
    },
  },
  {
    name: 'versions: a symlink is a version without bytes that names its target',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      await versions.putSymlink({ bucket, key: 'link' }, 'target');
      const head = await versions.head({ bucket, key: 'link' });
      assert.deepEqual([head.type, head.length, head.symlinkTarget], ['symlink', 0, 'target']);
      await expectFailure(driver, 'not-appendable', versions.append({ bucket, key: 'link' }, 0, bodyOf('x')));
      await versions.put({ bucket, key: 'link' }, bodyOf('plain'));
      assert.equal((await versions.head({ bucket, key: 'link' })).symlinkTarget, undefined);
    },
  },
  {
    name: 'versions: pages of every length show each version once, markers among them, common prefixes as one',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      await versions.put({ bucket, key: 'a' }, bodyOf('0'));
      await versions.setVersioning(bucket, 'enabled');
      for (const key of ['a', 'b/1', 'a', 'b/2', 'c', 'b/1', 'd/e', 'a']) {
        await versions.put({ bucket, key }, bodyOf(key));
      }
      for (const key of ['a', 'b/2', 'c', 'f']) await versions.remove({ bucket, key });
      const all = await versions.list({ bucket, prefix: '', delimiter: '', after: undefined, limit: 1000 });
      assert.deepEqual(
        all.versions.map(
          ({ key, isDeleteMarker, isLatest }) => `${key}${isDeleteMarker ? '!' : ''}${isLatest ? '*' : ''}`,
        ),
        ['a!*', 'a', 'a', 'a', 'a', 'b/1*', 'b/1', 'b/2!*', 'b/2', 'c!*', 'c', 'd/e*', 'f!*'],
      );
      for (const prefix of ['', 'a', 'b', 'b/', 'none']) {
        for (const delimiter of ['', '/']) {
          const whole = await walk(versions, { bucket, prefix, delimiter, limit: 1000 });
          for (const limit of [1, 2, 3, 5]) {
            assert.deepEqual(await walk(versions, { bucket, prefix, delimiter, limit }), whole, `${prefix} ${limit}`);
          }
        }
      }
      assert.deepEqual(
        (await walk(versions, { bucket, prefix: '', delimiter: '/', limit: 2 })).filter((name) => name.endsWith('/')),
        ['b/', 'd/'],
      );
      // Without a version id a page begins behind all versions of the key.
      const page = await versions.list({ bucket, prefix: '', delimiter: '/', after: { key: 'a' }, limit: 2 });
      assert.deepEqual(page.commonPrefixes, ['b/']);
      assert.deepEqual(
        page.versions.map(({ key }) => key),
        ['c'],
      );
      // A marker outside the prefix, or inside a common one, shows nothing of its own key.
      for (const [prefix, delimiter, key, expected] of [
        ['c', '', 'a', ['c', 'c']],
        ['', '/', 'b/1', ['c', 'c', 'f']],
      ] as const) {
        const after = { key, versionId: all.versions.findLast((one) => one.key === key)?.versionId ?? '' };
        const behind = await versions.list({
          bucket,
          prefix,
          delimiter,
          after: { ...after, versionId: 'null' },
          limit: 10,
        });
        const gone = await versions.list({ bucket, prefix, delimiter, after, limit: 10 });
        for (const { versions: shown } of [behind, gone])
          assert.deepEqual(
            shown.map((one) => one.key),
            expected,
          );
      }
      // A page that begins behind a version that is gone goes on where it was.
      const second = all.versions[1] as ObservedVersion;
      await versions.remove({ bucket, key: 'a', versionId: second.versionId });
      const rest = await versions.list({ bucket, prefix: 'a', delimiter: '', after: second, limit: 100 });
      assert.deepEqual(rest.versions, all.versions.slice(2, 5));
    },
  },
  {
    name: 'versions: many of one key are deleted in one batch, in the order given',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      await versions.setVersioning(bucket, 'enabled');
      for (let count = 0; count < 12; count++) await versions.put({ bucket, key: 'k' }, bodyOf(`${count}`));
      await versions.put({ bucket, key: 'other' }, bodyOf('stays'));
      const targets = (await listKey(versions, bucket, 'k')).map(({ versionId }) => ({ key: 'k', versionId }));
      const results = await versions.removeMany(bucket, [...targets.slice(0, 11), { key: 'k' }, ...targets.slice(11)]);
      assert.deepEqual(
        results.map(({ deleteMarker }) => deleteMarker),
        [...targets.slice(0, 11).map(() => false), true, false],
      );
      assert.deepEqual(idsOf(await listKey(versions, bucket, 'k')), [results[11]?.versionId]);
      const { objectCount, deleteMarkerCount } = await versions.statistics(bucket);
      assert.deepEqual([objectCount, deleteMarkerCount], [1, 1]);
    },
  },
  {
    name: 'versions: of puts racing appends and deletions none is lost and the counters stay exact',
    needs: ['versioning'],
    async run({ driver, bucket }) {
      const versions = versionsOf(driver);
      const target = { bucket, key: 'k' };
      await versions.setVersioning(bucket, 'enabled');
      const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => versions.put(target, bodyOf(`${index}`))));
      const removed = ids
        .slice(0, 4)
        .map((versionId) => versions.remove({ ...target, versionId: versionId as string }));
      const [, markers] = await Promise.all([
        Promise.all(removed),
        Promise.all([versions.remove(target), versions.remove(target)]),
      ]);
      const left = await listKey(versions, bucket, 'k');
      const expected = [...ids.slice(4), ...markers.map(({ versionId }) => versionId)];
      assert.deepEqual(new Set(idsOf(left)), new Set(expected));
      assert.equal(left.filter(({ isLatest }) => isLatest).length, 1);
      const { objectCount, deleteMarkerCount, lengthBytes } = await versions.statistics(bucket);
      assert.deepEqual([objectCount, deleteMarkerCount, lengthBytes], [4, 2, 4]);
    },
  },
  ...[1, 2, 3].map(
    (seed): ObjectStoreCase => ({
      name: `versions: a random walk agrees with the model, seed ${seed}`,
      needs: ['versioning'],
      async run({ driver, bucket }) {
        const run = new VersionModelRun({ driver, bucket, random: seededRandom(seed) });
        for (let count = 0; count < OPERATION_COUNT; count++) {
          const unexpected = await run.operate();
          if (unexpected !== undefined) throw unexpected;
          if (count % 30 === 0) await run.compare();
        }
        await run.compare();
        await run.removeAll();
        await driver.deleteBucket(bucket);
        await driver.createBucket(bucket);
      },
    }),
  ),
];
