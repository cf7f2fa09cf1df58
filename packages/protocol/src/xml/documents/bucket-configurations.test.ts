import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OssError } from '../../error/oss-error.js';
import { renderXml } from '../render-xml.js';
import { parseCnameRequest, renderCnameRequest } from './cname.js';
import { type CorsConfiguration, parseCorsConfiguration, renderCorsConfiguration } from './cors-configuration.js';
import { parseEncryptionRule, renderEncryptionRule } from './encryption-rule.js';
import {
  type LifecycleConfiguration,
  parseLifecycleConfiguration,
  renderLifecycleConfiguration,
} from './lifecycle-configuration.js';
import { validateLifecycleRules } from './lifecycle-rules.js';
import { parseLoggingStatus, renderLoggingStatus } from './logging-status.js';
import { parsePlainConfiguration } from './plain-configuration.js';
import {
  parseRefererConfiguration,
  type RefererConfiguration,
  renderRefererConfiguration,
} from './referer-configuration.js';
import {
  parseWebsiteConfiguration,
  renderWebsiteConfiguration,
  type WebsiteConfiguration,
} from './website-configuration.js';
import { parseWormConfiguration, renderWormConfiguration } from './worm-configuration.js';

const word = fc.stringMatching(/^[a-zA-Z0-9/_.-]{1,12}$/);
const days = fc.integer({ min: 1, max: 36_500 });
const coldClass = fc.constantFrom('IA', 'Archive', 'ColdArchive', 'DeepColdArchive');
const midnight = fc.integer({ min: 0, max: 30_000 }).map((day) => day * 86_400_000);
const age = fc.oneof(fc.record({ days }), fc.record({ createdBeforeDateMs: midnight }));
const tag = fc.record({ key: word, value: fc.oneof(word, fc.constant('')) });

const lifecycleRule = fc.record(
  {
    id: word,
    prefix: fc.oneof(word, fc.constant('')),
    isEnabled: fc.boolean(),
    tags: fc.array(tag, { maxLength: 3 }),
    filter: fc.record(
      {
        sizeGreaterThanBytes: fc.nat(),
        sizeLessThanBytes: fc.nat(),
        not: fc.array(fc.record({ prefix: word, tag }, { requiredKeys: ['prefix'] }), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ['not'] },
    ),
    expiration: fc.oneof(age, fc.record({ expiredObjectDeleteMarker: fc.boolean() })),
    transitions: fc.array(
      fc.tuple(age, coldClass).map(([when, storageClass]) => ({ ...when, storageClass })),
      { maxLength: 3 },
    ),
    abortMultipartUpload: age,
    noncurrentVersionExpirationDays: days,
    noncurrentVersionTransitions: fc.array(fc.record({ noncurrentDays: days, storageClass: coldClass }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: ['id', 'prefix', 'isEnabled', 'tags', 'transitions', 'noncurrentVersionTransitions'] },
);

const corsRule = fc.record(
  {
    allowedOrigins: fc.array(word, { minLength: 1, maxLength: 3 }),
    allowedMethods: fc.array(fc.constantFrom('GET', 'PUT', 'DELETE', 'POST', 'HEAD'), { minLength: 1, maxLength: 3 }),
    allowedHeaders: fc.array(word, { maxLength: 2 }),
    exposeHeaders: fc.array(word, { maxLength: 2 }),
    maxAgeSeconds: fc.integer({ min: 0, max: 999_999_999 }),
  },
  { requiredKeys: ['allowedOrigins', 'allowedMethods', 'allowedHeaders', 'exposeHeaders'] },
);

describe('configurations', () => {
  it('lifecycle: every configuration is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(lifecycleRule, { maxLength: 4 }), (rules) => {
        const configuration = { rules } as LifecycleConfiguration;
        expect(parseLifecycleConfiguration(renderLifecycleConfiguration(configuration))).toEqual(configuration);
      }),
      { numRuns: 500 },
    );
  });

  it('CORS, referer and website: every configuration is read back as it was written', () => {
    const cors = fc.record(
      { rules: fc.array(corsRule, { minLength: 1, maxLength: 10 }), responseVary: fc.boolean() },
      { requiredKeys: ['rules'] },
    );
    fc.assert(
      fc.property(cors, (configuration) => {
        const written = renderCorsConfiguration(configuration as CorsConfiguration);
        expect(parseCorsConfiguration(written)).toEqual(configuration);
      }),
      { numRuns: 300 },
    );
    const referer = fc.record(
      {
        allowEmptyReferer: fc.boolean(),
        allowTruncateQueryString: fc.constant(true),
        truncatePath: fc.boolean(),
        referers: fc.array(word, { maxLength: 4 }),
        refererBlacklist: fc.array(word, { minLength: 1, maxLength: 4 }),
      },
      { requiredKeys: ['allowEmptyReferer', 'allowTruncateQueryString', 'truncatePath', 'referers'] },
    );
    fc.assert(
      fc.property(referer, (configuration) => {
        const written = renderRefererConfiguration(configuration as RefererConfiguration);
        expect(parseRefererConfiguration(written)).toEqual(configuration);
      }),
      { numRuns: 300 },
    );
    const key = fc.stringMatching(/^[a-z0-9][a-z0-9.]{0,10}$/);
    const website = fc.record(
      {
        index: fc.record(
          { suffix: key, supportSubDir: fc.boolean(), type: fc.constantFrom(0, 1, 2) },
          { requiredKeys: ['suffix'] },
        ),
        error: fc.record({ key, httpStatus: fc.constantFrom(200, 404) }, { requiredKeys: ['key'] }),
        routingRules: fc.constant([]),
      },
      { requiredKeys: ['index', 'routingRules'] },
    );
    fc.assert(
      fc.property(website, (configuration) => {
        const written = renderWebsiteConfiguration(configuration as WebsiteConfiguration);
        expect(parseWebsiteConfiguration(written)).toEqual(configuration);
      }),
      { numRuns: 300 },
    );
  });

  it('small documents are read back as they were written', () => {
    const rule = { algorithm: 'KMS', kmsMasterKeyId: 'k', kmsDataEncryption: 'SM4' } as const;
    expect(parseEncryptionRule(renderEncryptionRule(rule))).toEqual(rule);
    const target = { targetBucket: 'logs', targetPrefix: 'a/', loggingRole: 'r' };
    expect(parseLoggingStatus(renderLoggingStatus(target))).toEqual(target);
    expect(parseLoggingStatus(renderLoggingStatus(undefined))).toBeUndefined();
    const worm = { wormId: 'W', isLocked: true, retentionDays: 3, createdAtMs: 1_700_000_000_000 };
    expect(parseWormConfiguration(renderWormConfiguration(worm))).toEqual(worm);
    expect(parseCnameRequest(renderCnameRequest('A.Example.com'))).toBe('a.example.com');
  });

  it('a document that is only kept is written as it was read, empty elements included', () => {
    const document = '<A><B><C></C><C>2</C></B><X.y-1><x>1</x></X.y-1><D> t </D></A>';
    const content = parsePlainConfiguration(document, 'A');
    expect(
      renderXml('A', content)
        .replace(/^<\?xml.*\?>/, '')
        .replace(/\n\s*/g, ''),
    ).toBe(document);
    for (const name of ['__proto__', '\u00e9']) {
      expect(() => parsePlainConfiguration(`<A><${name}>1</${name}></A>`, 'A')).toThrow(OssError);
    }
  });

  it('1,000 rules are validated, and lifecycle rules that never meet may overlap', () => {
    const rule = (prefix: string, value: string) => ({
      id: '',
      prefix,
      isEnabled: true,
      tags: [{ key: 'k', value }],
      expiration: { days: 1 },
      transitions: [],
      noncurrentVersionTransitions: [],
    });
    const many = Array.from({ length: 1000 }, (_, index) => rule('p', String(index)));
    expect(() => validateLifecycleRules(many, false)).not.toThrow();
    expect(() => validateLifecycleRules([rule('p', '1'), rule('p/q', '1')], false)).toThrow(
      'Overlap for same action type Expiration',
    );
    expect(() =>
      validateLifecycleRules([rule('p', '1'), { ...rule('p/q', '1'), isEnabled: false }], false),
    ).not.toThrow();
  });
});
