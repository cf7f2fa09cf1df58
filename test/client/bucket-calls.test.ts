/** Calls on buckets against a real server, and their documents: what is written is read back equal. */
import type {
  BucketPolicy,
  Client,
  CorsConfiguration,
  LifecycleConfiguration,
  LifecycleRule,
  RemovableBucketSetting,
  Tag,
} from '@annals/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type ServedClient, serveClient } from './test-client.js';

const bucket = 'logs';
const DAY_MS = 86_400_000;
const RUNS = { numRuns: 40, seed: 11 };

let served: ServedClient;
let client: Client;

beforeAll(async () => {
  served = await serveClient();
  client = served.client;
});

afterAll(() => served.server.close());

describe('a bucket', () => {
  it('is made, described, counted and removed', async () => {
    await client.putBucket({ bucket: 'described', acl: 'public-read' });
    await client.putObject({ bucket: 'described', key: 'a', body: '12345' });
    expect(await client.getBucketInfo({ bucket: 'described' })).toMatchObject({
      ...{ name: 'described', acl: 'public-read', storageClass: 'Standard', location: 'oss-annals' },
    });
    expect(await client.getBucketLocation({ bucket: 'described' })).toBe('oss-annals');
    expect(await client.getBucketStat({ bucket: 'described' })).toMatchObject({ storageBytes: 5, objectCount: 1 });
    expect(await client.getBucketAcl({ bucket: 'described' })).toMatchObject({ acl: 'public-read' });
    await client.putBucketAcl({ bucket: 'described', acl: 'private' });
    expect(await client.getBucketAcl({ bucket: 'described' })).toMatchObject({ acl: 'private' });
    expect(await failureOf(client.deleteBucket({ bucket: 'described' }))).toMatchObject({ code: 'BucketNotEmpty' });
    await client.deleteObject({ bucket: 'described', key: 'a' });
    await client.deleteBucket({ bucket: 'described' });
  });

  it('is made of a class, and not once more of another', async () => {
    const input = { bucket: 'archived', storageClass: 'Archive', dataRedundancyType: 'ZRS' } as const;
    await client.putBucket(input);
    await client.putBucket(input);
    expect(await client.getBucketInfo(input)).toMatchObject({ storageClass: 'Archive', dataRedundancyType: 'ZRS' });
    expect(await failureOf(client.putBucket({ ...input, storageClass: 'IA' }))).toMatchObject({ status: 409 });
    await client.deleteBucket(input);
  });

  it('that is not there is refused by each call', async () => {
    const missing = { bucket: 'no-such-bucket' };
    const calls: readonly (() => Promise<unknown>)[] = [
      () => client.getBucketInfo(missing),
      () => client.getBucketLocation(missing),
      () => client.getBucketStat(missing),
      () => client.getBucketAcl(missing),
      () => client.deleteBucket(missing),
      ...Object.values(client.bucketSettings).map((setting) => () => setting.get(missing)),
    ];
    for (const call of calls) {
      expect(await failureOf(call())).toMatchObject({ code: 'NoSuchBucket', status: 404, outcome: 'not-applied' });
    }
    expect(await failureOf(client.getBucketInfo({ bucket: 'No' }))).toMatchObject({ code: 'InvalidInput' });
  });
});

describe('a setting', () => {
  it('that is not set is undefined or empty, and removing it is no error', async () => {
    const plain = { bucket: 'plain' };
    await client.putBucket(plain);
    const { versioning, tags, lifecycle, cors, policy, encryption, logging, referer, website } = client.bucketSettings;
    expect(await versioning.get(plain)).toBeUndefined();
    expect(await referer.get(plain)).toMatchObject({ allowEmptyReferer: true, referers: [] });
    for (const setting of [lifecycle, cors, policy, encryption, logging, website]) {
      expect(await setting.get(plain)).toBeUndefined();
      await setting.delete(plain);
    }
    expect(await tags.get(plain)).toEqual([]);
    await tags.delete(plain);
  });

  it('of each kind is put, read back equal and removed', async () => {
    const target = { bucket: 'set' };
    await client.putBucket(target);
    const { versioning, tags, encryption, logging, referer, website } = client.bucketSettings;
    for (const value of ['Enabled', 'Suspended'] as const) {
      await versioning.put({ ...target, value });
      expect(await versioning.get(target)).toBe(value);
    }
    const index = { suffix: 'index.html', supportSubDir: true, type: 0 } as const;
    await cycle(tags, [{ key: 'a ü', value: '' }], []);
    await cycle(encryption, { algorithm: 'AES256' }, undefined);
    await cycle(logging, { targetBucket: 'set', targetPrefix: 'access/' }, undefined);
    await cycle(website, { index, error: { key: 'error.html', httpStatus: 404 }, routingRules: [] }, undefined);
    const pages = { allowEmptyReferer: false, allowTruncateQueryString: true, truncatePath: false };
    const value = { ...pages, referers: ['https://*.example.com'], refererBlacklist: ['http://bad.example.com'] };
    await referer.put({ ...target, value });
    expect(await referer.get(target)).toEqual(value);
  });

  it('that the server cannot take is refused, and changes nothing', async () => {
    const { lifecycle, cors, policy, tags } = client.bucketSettings;
    const target = { bucket: 'set' };
    for (const [call, code] of [
      [() => lifecycle.put({ ...target, value: { rules: [] } }), 'MalformedXML'],
      [() => cors.put({ ...target, value: { rules: [] } }), 'MalformedXML'],
      [() => policy.put({ ...target, value: { Version: '1', Statement: [] } }), 'InvalidPolicyDocument'],
      [() => tags.put({ ...target, value: [{ key: 'Aliyun', value: '' }] }), 'InvalidTag'],
    ] as const) {
      expect(await failureOf(call())).toMatchObject({ code, outcome: 'not-applied' });
    }
    for (const setting of [lifecycle, cors, policy]) expect(await setting.get(target)).toBeUndefined();
  });

  async function cycle<Value>(setting: RemovableBucketSetting<Value>, value: Value, removed: unknown): Promise<void> {
    await setting.put({ bucket: 'set', value });
    expect(await setting.get({ bucket: 'set' })).toEqual(value);
    await setting.delete({ bucket: 'set' });
    expect(await setting.get({ bucket: 'set' })).toEqual(removed);
  }
});

describe('a document that a client writes', () => {
  const target = { bucket };
  const names = fc.stringMatching(/^[A-Za-z0-9ü&<>"'*._/-]{1,20}$/);
  const days = (min: number, max: number) => fc.integer({ min, max });
  const tagLists = fc.uniqueArray(
    fc.record({ key: fc.stringMatching(/^[a-z0-9 ü:]{1,9}$/), value: fc.stringMatching(/^[a-zü=]{0,5}$/) }),
    {
      selector: ({ key }) => key,
      maxLength: 3,
    },
  );

  const lifecycleRules: fc.Arbitrary<readonly LifecycleRule[]> = fc
    .array(
      fc.record({
        name: names,
        isEnabled: fc.boolean(),
        tags: tagLists,
        expiration: fc.oneof(
          days(40, 2000).map((count) => ({ days: count })),
          days(1, 20_000).map((count) => ({ createdBeforeDateMs: count * DAY_MS })),
        ),
        moveDays: fc.option(days(1, 39), { nil: undefined }),
        filter: fc.option(fc.record({ sizeGreaterThanBytes: days(1, 1000), not: fc.constant([]) }), { nil: undefined }),
        abortDays: fc.option(days(1, 90), { nil: undefined }),
        noncurrentDays: fc.option(days(40, 90), { nil: undefined }),
        noncurrentMoveDays: fc.option(days(1, 39), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((drafts) =>
      drafts.map((draft, number): LifecycleRule => {
        const { isEnabled, tags, expiration, moveDays, filter, abortDays, noncurrentDays, noncurrentMoveDays } = draft;
        const isByDays = 'days' in expiration;
        return {
          ...{ id: `${number}-${draft.name}`, prefix: `${number}/${draft.name}`, isEnabled, tags, expiration },
          transitions: moveDays !== undefined && isByDays ? [{ storageClass: 'IA', days: moveDays }] : [],
          noncurrentVersionTransitions:
            noncurrentMoveDays === undefined ? [] : [{ storageClass: 'Archive', noncurrentDays: noncurrentMoveDays }],
          ...(filter !== undefined && { filter }),
          ...(abortDays !== undefined && tags.length === 0 && { abortMultipartUpload: { days: abortDays } }),
          ...(noncurrentDays !== undefined && { noncurrentVersionExpirationDays: noncurrentDays }),
        };
      }),
    );

  it('lifecycle rules', async () => {
    await fc.assert(
      fc.asyncProperty(lifecycleRules, async (rules) => {
        const value: LifecycleConfiguration = { rules };
        await client.bucketSettings.lifecycle.put({ ...target, value });
        expect(await client.bucketSettings.lifecycle.get(target)).toEqual(value);
      }),
      RUNS,
    );
  });

  const words = fc.stringMatching(/^[a-zA-Z0-9.-]{1,12}$/);
  const wildWords = fc.tuple(words, fc.constantFrom('', '*')).map(([word, star]) => `${star}${word}`);
  const corsConfigurations: fc.Arbitrary<CorsConfiguration> = fc.record(
    {
      rules: fc.array(
        fc.record(
          {
            allowedOrigins: fc.array(wildWords, { minLength: 1, maxLength: 3 }),
            allowedMethods: fc.subarray(['GET', 'PUT', 'DELETE', 'POST', 'HEAD'] as const, { minLength: 1 }),
            allowedHeaders: fc.array(wildWords, { maxLength: 3 }),
            exposeHeaders: fc.array(words, { maxLength: 3 }),
            maxAgeSeconds: days(0, 100_000),
          },
          {
            requiredKeys: ['allowedOrigins', 'allowedMethods', 'allowedHeaders', 'exposeHeaders'],
            noNullPrototype: true,
          },
        ),
        { minLength: 1, maxLength: 10 },
      ),
      responseVary: fc.boolean(),
    },
    { noNullPrototype: true },
  );

  it('CORS rules', async () => {
    await fc.assert(
      fc.asyncProperty(corsConfigurations, async (value) => {
        await client.bucketSettings.cors.put({ ...target, value });
        expect(await client.bucketSettings.cors.get(target)).toEqual(value);
      }),
      RUNS,
    );
  });

  const oneOrMany = <Text extends string>(texts: fc.Arbitrary<Text>) =>
    fc.oneof(texts, fc.array(texts, { minLength: 1, maxLength: 3 }));
  const policies: fc.Arbitrary<BucketPolicy> = fc.record({
    Version: fc.constant('1' as const),
    Statement: fc.array(
      fc.record(
        {
          Sid: names,
          Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
          Action: oneOrMany(fc.constantFrom('oss:GetObject', 'oss:PutObject', 'oss:*')),
          Resource: oneOrMany(fc.stringMatching(/^[a-z0-9ü]{0,8}\*?$/).map((key) => `acs:oss:*:*:${bucket}/${key}`)),
          Principal: fc.array(fc.stringMatching(/^[1-9]\d{5,15}$/), { minLength: 1, maxLength: 3 }),
          Condition: fc.record({
            IpAddress: fc.record({ 'acs:SourceIp': oneOrMany(fc.constantFrom('10.0.0.0/8', '192.168.1.1')) }),
          }),
        },
        { requiredKeys: ['Effect', 'Action', 'Resource', 'Principal'], noNullPrototype: true },
      ),
      { minLength: 1, maxLength: 4 },
    ),
  });

  it('policies', async () => {
    await fc.assert(
      fc.asyncProperty(policies, async (value) => {
        await client.bucketSettings.policy.put({ ...target, value });
        expect(await client.bucketSettings.policy.get(target)).toEqual(value);
      }),
      RUNS,
    );
  });

  it('tags of buckets and objects', async () => {
    await client.putObject({ bucket, key: 'tagged', body: '' });
    await fc.assert(
      fc.asyncProperty(tagLists, async (value) => {
        await client.bucketSettings.tags.put({ ...target, value });
        expect(await client.bucketSettings.tags.get(target)).toEqual(value);
        await client.putObjectTags({ bucket, key: 'tagged', tags: value });
        const found = await client.getObjectTags({ bucket, key: 'tagged' });
        expect(byKey(found)).toEqual(byKey(value));
      }),
      RUNS,
    );
  });

  const byKey = (tags: readonly Tag[]) => tags.toSorted((one, other) => (one.key < other.key ? -1 : 1));
});
