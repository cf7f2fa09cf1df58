/** Conformance of listings: order, pages, prefixes, delimiters and odd keys. */
import assert from 'node:assert/strict';
import { bodyOf } from './object-store-bodies.js';
import type { DriverListResult, ObjectStoreCase, ObjectStoreDriver } from './object-store-driver.js';

async function putKeys(driver: ObjectStoreDriver, bucket: string, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => driver.putObject({ bucket, key, body: bodyOf(key) })));
}

/** All pages, each of `limit` entries at most; checks that every page but the last is full. */
async function listAll(
  driver: ObjectStoreDriver,
  input: { readonly bucket: string; readonly prefix: string; readonly delimiter: string; readonly limit: number },
): Promise<{ readonly keys: readonly string[]; readonly commonPrefixes: readonly string[] }> {
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  let after = '';
  for (;;) {
    const page: DriverListResult = await driver.listObjects({ ...input, after });
    keys.push(...page.keys);
    commonPrefixes.push(...page.commonPrefixes);
    if (!page.isTruncated) {
      assert.equal(page.next, undefined);
      return { keys, commonPrefixes };
    }
    assert.equal(page.keys.length + page.commonPrefixes.length, input.limit);
    assert.ok(page.next !== undefined);
    after = page.next;
  }
}

const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** What a listing must give, computed the slow way. */
function expectedListing(keys: readonly string[], prefix: string, delimiter: string) {
  const matching = [...keys].sort(byBytes).filter((key) => key.startsWith(prefix));
  const prefixOf = (key: string): string | undefined => {
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  };
  return {
    keys: matching.filter((key) => prefixOf(key) === undefined),
    commonPrefixes: [...new Set(matching.map(prefixOf))].filter((one): one is string => one !== undefined),
  };
}

/** What listings promise. */
export const listingCases: readonly ObjectStoreCase[] = [
  {
    name: 'an empty bucket lists nothing',
    async run({ driver, bucket }) {
      const page = await driver.listObjects({ bucket, prefix: '', delimiter: '/', after: '', limit: 1 });
      assert.deepEqual(page, { keys: [], commonPrefixes: [], isTruncated: false, next: undefined });
    },
  },
  {
    name: 'listings with every prefix, delimiter and page length agree with the slow way',
    async run({ driver, bucket }) {
      const keys = [
        'a',
        'a/',
        'a/1',
        'a/2',
        'a/b/1',
        'a/b/2',
        'a/b/c/1',
        'a0',
        'ab',
        'b',
        'b/1',
        'b//1',
        'c--d--e',
        'c--d',
        'c-',
        'z/z',
        '日本',
        '日本/語',
        '日/本',
        '😀',
        '￿',
        'é',
        'lead/',
        'a b',
        'a+b',
        'a%2Fb',
        'tail/',
      ];
      await putKeys(driver, bucket, keys);
      for (const delimiter of ['', '/', '--', '本']) {
        for (const prefix of ['', 'a', 'a/', 'a/b', 'b/', 'c-', '日', 'none', 'z/z']) {
          const expected = expectedListing(keys, prefix, delimiter);
          for (const limit of [1, 2, 3, 100]) {
            const listed = await listAll(driver, { bucket, prefix, delimiter, limit });
            assert.deepEqual(listed, expected, `prefix "${prefix}", delimiter "${delimiter}", limit ${limit}`);
          }
        }
      }
    },
  },
  {
    name: 'keys with NUL, control characters and 1,023 bytes are kept, listed and deleted',
    async run({ driver, bucket }) {
      const keys = ['a\0b', 'a', 'a\0', '\u0001', 'a\0\0b', `${'長'.repeat(341)}`, 'x'.repeat(1023)];
      await putKeys(driver, bucket, keys);
      const listed = await listAll(driver, { bucket, prefix: '', delimiter: '', limit: 2 });
      assert.deepEqual(listed.keys, [...keys].sort(byBytes));
      for (const key of keys) {
        assert.equal(Buffer.from(await driver.readObject({ bucket, key })).toString('utf8'), key);
        await driver.deleteObject({ bucket, key });
      }
      assert.deepEqual((await listAll(driver, { bucket, prefix: '', delimiter: '', limit: 10 })).keys, []);
    },
  },
  {
    name: 'a page begins behind `after`, which need not exist; behind a common prefix all its keys are skipped',
    async run({ driver, bucket }) {
      await putKeys(driver, bucket, ['a', 'b/1', 'b/2', 'c', 'd/1', 'e']);
      const list = async (after: string, prefix = ''): Promise<readonly string[]> => {
        const page = await driver.listObjects({ bucket, prefix, delimiter: '/', after, limit: 100 });
        return [...page.keys, ...page.commonPrefixes].sort();
      };
      assert.deepEqual(await list(''), ['a', 'b/', 'c', 'd/', 'e']);
      assert.deepEqual(await list('a'), ['b/', 'c', 'd/', 'e']);
      assert.deepEqual(await list('b'), ['b/', 'c', 'd/', 'e']);
      assert.deepEqual(await list('b/'), ['c', 'd/', 'e']);
      assert.deepEqual(await list('bb'), ['c', 'd/', 'e']);
      assert.deepEqual(await list('e'), []);
      assert.deepEqual(await list('a', 'b/'), ['b/1', 'b/2']);
      assert.deepEqual(await list('b/1', 'b/'), ['b/2']);
      assert.deepEqual(await list('c', 'b/'), []);
    },
  },
  {
    name: 'many keys below few common prefixes list as the prefixes',
    async run({ driver, bucket }) {
      const keys = Array.from({ length: 600 }, (_, index) => `${index % 3}/${String(index).padStart(4, '0')}`);
      await putKeys(driver, bucket, [...keys, '1', '9']);
      const listed = await listAll(driver, { bucket, prefix: '', delimiter: '/', limit: 2 });
      assert.deepEqual(listed, { keys: ['1', '9'], commonPrefixes: ['0/', '1/', '2/'] });
      const flat = await listAll(driver, { bucket, prefix: '1', delimiter: '', limit: 100 });
      assert.equal(flat.keys.length, 201);
    },
  },
  {
    name: 'a listing shows appendable objects with what was appended',
    async run({ driver, bucket }) {
      await driver.appendObject({ bucket, key: 'log', position: 0, body: bodyOf('abc') });
      await driver.appendObject({ bucket, key: 'log', position: 3, body: bodyOf('def') });
      const page = await driver.listObjects({ bucket, prefix: 'log', delimiter: '', after: '', limit: 1 });
      assert.deepEqual(page.keys, ['log']);
      assert.equal(page.isTruncated, false);
      assert.equal((await driver.headObject({ bucket, key: 'log' })).length, 6);
    },
  },
];
