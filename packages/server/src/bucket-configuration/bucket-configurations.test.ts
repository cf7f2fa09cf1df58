import type {
  AccessPoint,
  CorsRule,
  LifecycleRule,
  RefererConfiguration,
  WebsiteRoutingRule,
  XmlContent,
} from '@annals/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSoundDecoder, expectTotalDecoder } from '../../../../test/harness/stored-shape.js';
import { configurationsOf } from './bucket-configurations.js';
import type { BucketConfigurations } from './configuration-members.js';

const words = fc.string({ minLength: 1 });
const counts = fc.maxSafeNat();
const times = fc.nat({ max: 4e12 });
const flags = fc.boolean();
const tags = fc.record({ key: words, value: words });
const lists = fc.array(words, { maxLength: 3 });
const colder = fc.constantFrom('IA', 'Archive', 'ColdArchive', 'DeepColdArchive');
const elementNames = fc.stringMatching(/^[A-Z][a-z]{1,6}$/);
const content: fc.Arbitrary<XmlContent> = fc.letrec<{ content: XmlContent }>((tie) => ({
  content: fc.dictionary(
    elementNames,
    fc.oneof({ maxDepth: 3 }, words, fc.constant(null), fc.array(words, { maxLength: 2 }), tie('content')),
    { maxKeys: 3 },
  ),
})).content;
const named = fc.dictionary(fc.stringMatching(/^[a-z-]{1,8}$/), content, { maxKeys: 2 });

const ages = { days: counts, createdBeforeDateMs: times, dateMs: times };
const targets = { storageClass: colder, isAccessTime: flags, returnToStdWhenVisit: flags, allowSmallFile: flags };
const lifecycleRules: fc.Arbitrary<LifecycleRule> = fc.record(
  {
    id: words,
    prefix: words,
    isEnabled: flags,
    tags: fc.array(tags, { maxLength: 2 }),
    filter: fc.record(
      {
        sizeGreaterThanBytes: counts,
        sizeLessThanBytes: counts,
        not: fc.array(fc.record({ prefix: words, tag: tags }, { requiredKeys: ['prefix'] }), { maxLength: 2 }),
      },
      { requiredKeys: ['not'] },
    ),
    expiration: fc.record({ ...ages, expiredObjectDeleteMarker: flags }, { requiredKeys: [] }),
    transitions: fc.array(fc.record({ ...ages, ...targets }, { requiredKeys: ['storageClass'] }), { maxLength: 2 }),
    abortMultipartUpload: fc.record(ages, { requiredKeys: [] }),
    noncurrentVersionExpirationDays: counts,
    noncurrentVersionTransitions: fc.array(
      fc.record({ ...targets, noncurrentDays: counts }, { requiredKeys: ['storageClass', 'noncurrentDays'] }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['id', 'prefix', 'isEnabled', 'tags', 'transitions', 'noncurrentVersionTransitions'] },
);
const corsRules: fc.Arbitrary<CorsRule> = fc.record(
  {
    allowedOrigins: lists,
    allowedMethods: fc.array(fc.constantFrom('GET', 'PUT', 'DELETE', 'POST', 'HEAD'), { maxLength: 3 }),
    allowedHeaders: lists,
    exposeHeaders: lists,
    maxAgeSeconds: counts,
  },
  { requiredKeys: ['allowedOrigins', 'allowedMethods', 'allowedHeaders', 'exposeHeaders'] },
);
const routingRules: fc.Arbitrary<WebsiteRoutingRule> = fc.record(
  {
    ruleNumber: counts,
    condition: fc.record(
      {
        keyPrefixEquals: words,
        keySuffixEquals: words,
        httpErrorCodeReturnedEquals: counts,
        includeHeaders: fc.array(
          fc.record({ key: words, equals: words, startsWith: words, endsWith: words }, { requiredKeys: ['key'] }),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: ['includeHeaders'] },
    ),
    redirect: fc.record(
      {
        type: fc.constantFrom('External', 'AliCDN'),
        protocol: fc.constantFrom('http', 'https'),
        hostName: words,
        replaceKeyPrefixWith: words,
        enableReplacePrefix: flags,
        replaceKeyWith: words,
        httpRedirectCode: counts,
        passQueryString: flags,
        mirror: content,
      },
      { requiredKeys: ['type'] },
    ),
    luaConfig: content,
  },
  { requiredKeys: ['ruleNumber', 'condition', 'redirect'] },
);
const referers: fc.Arbitrary<RefererConfiguration> = fc.record(
  {
    allowEmptyReferer: flags,
    allowTruncateQueryString: flags,
    truncatePath: flags,
    referers: lists,
    refererBlacklist: lists,
  },
  { requiredKeys: ['allowEmptyReferer', 'allowTruncateQueryString', 'truncatePath', 'referers'] },
);
const accessPoints: fc.Arbitrary<AccessPoint> = fc.record(
  {
    name: words,
    networkOrigin: fc.constantFrom('internet', 'vpc'),
    vpcId: words,
    alias: words,
    createdAtMs: times,
    isPublicAccessBlocked: flags,
    policy: words,
  },
  { requiredKeys: ['name', 'networkOrigin', 'alias', 'createdAtMs', 'isPublicAccessBlocked'] },
);
const permissions = fc.constantFrom('allow', 'deny');

/** Sound values of every member: one that is missing does not compile. */
const VALUES: {
  readonly [Name in keyof BucketConfigurations]-?: fc.Arbitrary<NonNullable<BucketConfigurations[Name]>>;
} = {
  archiveDirectRead: content,
  cors: fc.record({ rules: fc.array(corsRules, { maxLength: 2 }), responseVary: flags }, { requiredKeys: ['rules'] }),
  encryption: fc.record(
    {
      algorithm: fc.constantFrom('AES256', 'KMS', 'SM4'),
      kmsMasterKeyId: words,
      kmsDataEncryption: fc.constant('SM4'),
    },
    { requiredKeys: ['algorithm'] },
  ),
  lifecycle: fc.record({ rules: fc.array(lifecycleRules, { maxLength: 2 }) }),
  logging: fc.record(
    { targetBucket: words, targetPrefix: words, loggingRole: words },
    { requiredKeys: ['targetBucket', 'targetPrefix'] },
  ),
  objectWorm: fc.record(
    {
      defaultRetention: fc.record({
        mode: fc.constantFrom('GOVERNANCE', 'COMPLIANCE'),
        unit: fc.constantFrom('days', 'years'),
        count: counts,
      }),
    },
    { requiredKeys: [] },
  ),
  overwrite: fc.array(fc.record({ id: words, prefix: words, suffix: words }), { maxLength: 2 }),
  policy: words,
  publicAccessBlock: flags,
  referer: referers,
  requestPayment: fc.constantFrom('BucketOwner', 'Requester'),
  tags: fc.array(tags, { maxLength: 2 }),
  website: fc.record(
    {
      index: fc.record(
        { suffix: words, supportSubDir: flags, type: fc.constantFrom(0, 1, 2) },
        { requiredKeys: ['suffix'] },
      ),
      error: fc.record({ key: words, httpStatus: counts }, { requiredKeys: ['key'] }),
      routingRules: fc.array(
        fc.oneof(
          routingRules,
          routingRules.map((rule) => ({ ...rule, redirect: { type: 'Mirror', content: { MirrorURL: 'u' } } as const })),
        ),
        { maxLength: 2 },
      ),
    },
    { requiredKeys: ['routingRules'] },
  ),
  worm: fc.record({ id: words, isLocked: flags, retentionDays: counts, createdAtMs: times, append: permissions }),
  cnames: fc.array(fc.record({ domain: words, lastModifiedAtMs: times }), { maxLength: 2 }),
  cnameTokens: fc.array(fc.record({ bucket: words, domain: words, token: words, expiresAtMs: times }), {
    maxLength: 2,
  }),
  accessMonitor: content,
  accessPoints: fc.array(accessPoints, { maxLength: 2 }),
  httpsConfig: content,
  inventory: named,
  metaQuery: content,
  qosInfo: content,
  redundancyTransition: fc.record({ taskId: words, createdAtMs: times }),
  replication: named,
  requesterQosInfo: named,
  resourceGroup: content,
  style: named,
  transferAcceleration: content,
  userDefinedLogFields: content,
};

/** Members whose elements may be anything that an element can be: most changes to them are as good. */
const KEPT_WHOLE: ReadonlySet<string> = new Set(
  Object.entries(VALUES).flatMap(([member, values]) =>
    [content, named].some((kept) => kept === values) ? member : [],
  ),
);

function read(member: string, stored: unknown): unknown {
  const view: Readonly<Record<string, unknown>> = {
    ...configurationsOf({ name: 'b', configurations: { [member]: stored } }),
  };
  return view[member];
}

function isRowError(member: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof Error &&
    'reason' in error &&
    expect
      .objectContaining({
        kind: 'corrupt',
        detail: expect.stringContaining(`the configuration ${member} in the row "Bb"`),
      })
      .asymmetricMatch(error.reason);
}

describe.each(Object.entries<fc.Arbitrary<unknown>>(VALUES))('configurationsOf, %s', (member, values) => {
  // What is no JSON at all is refused with the whole row.
  const decode = (bytes: Uint8Array): unknown => read(member, jsonOr(bytes, [['wrong']]));

  test('reads what was stored, and refuses it by row and member after any change', () => {
    if (KEPT_WHOLE.has(member)) {
      fc.assert(
        fc.property(values, (value) => {
          expect(read(member, value)).toEqual(value);
        }),
        { seed: 7 },
      );
      return;
    }
    expectSoundDecoder({
      values,
      encode: (value) => JSON.stringify(value),
      decode,
      name: `the configuration ${member} in the row "Bb"`,
      isAllowed: (path, replacement) =>
        /(?:^|\.)(?:mirror|luaConfig|content)(?:\.|$)/.test(path) ||
        (path.endsWith('Ms') && typeof replacement === 'number'),
    });
  });

  test('gives any JSON at all, or the error of the row', () => {
    expectTotalDecoder(decode, isRowError(member));
  });
});

function jsonOr(bytes: Uint8Array, otherwise: unknown): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return otherwise;
  }
}

test('configurationsOf checks only what is read, and that once for each record', () => {
  const bucket = { name: 'b', configurations: { cors: 'damaged', tags: [{ key: 'k', value: 'v' }] } };
  const view = configurationsOf(bucket);
  expect(configurationsOf(bucket)).toBe(view);
  expect(view.tags).toEqual(bucket.configurations.tags);
  expect(() => view.cors).toThrow(expect.objectContaining({ reason: expect.objectContaining({ kind: 'corrupt' }) }));
  expect(() => view.cors).toThrow();
  // Checked already: what comes later is not looked at again.
  Object.assign(bucket.configurations.tags[0] ?? {}, { key: 7 });
  expect(view.tags).toEqual([{ key: 7, value: 'v' }]);
});
