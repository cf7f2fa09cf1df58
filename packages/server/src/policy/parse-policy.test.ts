import { OssError } from '@annals/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { bytesOfText, JSON_PIECES, spoiledTexts } from '../../../../test/harness/mutations.js';
import { decide } from './decide.js';
import { type ParsePolicyOptions, POLICY_LIMITS, parsePolicy } from './parse-policy.js';

const RAM: ParsePolicyOptions = { form: 'ram' };
const BUCKET: ParsePolicyOptions = { form: 'bucket', bucket: 'logs' };
const TRUST: ParsePolicyOptions = { form: 'trust' };

const ram = { Effect: 'Allow', Action: 'oss:*', Resource: '*' };
const bucket = { Effect: 'Allow', Action: 'oss:*', Resource: 'acs:oss:*:*:logs/*', Principal: ['*'] };
const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: ['acs:ram::1000:root'] } };

function document(...statements: readonly unknown[]): string {
  return JSON.stringify({ Version: '1', Statement: statements });
}

function refusal(text: string, options: ParsePolicyOptions): string {
  try {
    parsePolicy(text, options);
  } catch (error) {
    if (error instanceof OssError && error.code === 'InvalidPolicyDocument') return error.message;
    throw error;
  }
  throw new Error('The document was accepted');
}

describe('parsePolicy', () => {
  test('reads one statement that is not in a list', () => {
    expect(parsePolicy(JSON.stringify({ Version: '1', Statement: ram }), RAM).statements).toHaveLength(1);
  });

  test('reads each form', () => {
    expect(parsePolicy(document(ram), RAM).statements[0]?.principals).toBeUndefined();
    expect(parsePolicy(document(bucket), BUCKET).statements[0]?.principals?.patterns).toEqual([{ kind: 'everyone' }]);
    expect(parsePolicy(document(trust), TRUST).statements[0]).toMatchObject({
      resources: undefined,
      principals: { patterns: [{ kind: 'account', accountId: '1000' }] },
    });
  });

  test('puts conditions that cost a read last', () => {
    const Condition = { StringEquals: { 'oss:BucketTag/a': 'b', 'acs:SourceVpc': 'v' } };
    const [statement] = parsePolicy(document({ ...ram, Condition }), RAM).statements;
    expect(statement?.conditions.map(({ key }) => key.name)).toEqual(['acs:SourceVpc', 'oss:BucketTag/a']);
  });

  test.each<[string, string, ParsePolicyOptions, string]>([
    ['no JSON', '{', RAM, 'Invalid Policy: the document is not JSON.'],
    ['a list', '[]', RAM, 'Invalid Policy: a list is not an object.'],
    ['null', 'null', RAM, 'Invalid Policy: null is not an object.'],
    ['another version', '{"Version":"2"}', RAM, 'Invalid Policy: at Version, "2" is not "1".'],
    ['a version that is a number', '{"Version":1,"Statement":[]}', RAM, 'Invalid Policy: at Version, 1 is not "1".'],
    ['no version', '{"Statement":[]}', RAM, 'Invalid Policy: at Version, nothing is not "1".'],
    ['no statement', '{"Version":"1"}', RAM, 'Invalid Policy: at Statement, there is no statement.'],
    ['an empty list', '{"Version":"1","Statement":[]}', RAM, 'Invalid Policy: at Statement, there is no statement.'],
    ['an unknown element', '{"Version":"1","Statements":[]}', RAM, 'Invalid Policy: there is no element "Statements".'],
    [
      'an element from a prototype',
      '{"__proto__":1,"Version":"1"}',
      RAM,
      'Invalid Policy: there is no element "__proto__".',
    ],
    [
      'an effect in another case',
      document({ ...ram, Effect: 'allow' }),
      RAM,
      'Invalid Policy: at Statement[0].Effect, "allow" is neither "Allow" nor "Deny".',
    ],
    [
      'no action',
      document({ Effect: 'Deny', Resource: '*' }),
      RAM,
      'Invalid Policy: at Statement[0], exactly one of Action and NotAction must be there.',
    ],
    [
      'two actions',
      document({ ...ram, NotAction: '*' }),
      RAM,
      'Invalid Policy: at Statement[0], exactly one of Action and NotAction must be there.',
    ],
    [
      'no actions in the list',
      document({ ...ram, Action: [] }),
      RAM,
      'Invalid Policy: at Statement[0].Action, there is no value.',
    ],
    [
      'an action without a service',
      document(ram, { ...ram, Action: ['oss:*', 'GetObject'] }),
      RAM,
      'Invalid Policy: at Statement[1].Action[1], "GetObject" is not an action such as "oss:GetObject".',
    ],
    [
      'an action that is no text',
      document({ ...ram, Action: [{ a: 1 }] }),
      RAM,
      'Invalid Policy: at Statement[0].Action[0], an object is not a text.',
    ],
    [
      'a resource that is none',
      document({ ...ram, Resource: 'logs/*' }),
      RAM,
      'Invalid Policy: at Statement[0].Resource[0], "logs/*" is not a resource such as "acs:oss:*:*:bucket/*".',
    ],
    [
      'a resource of another scheme',
      document({ ...ram, Resource: 'arn:aws:s3:::logs' }),
      RAM,
      'Invalid Policy: at Statement[0].Resource[0], "arn:aws:s3:::logs" is not a resource such as "acs:oss:*:*:bucket/*".',
    ],
    [
      'a principal in a RAM policy',
      document({ ...ram, Principal: ['*'] }),
      RAM,
      'Invalid Policy: at Statement[0], there is no element "Principal".',
    ],
    [
      'two ways to name principals in a bucket policy',
      document({ ...bucket, NotPrincipal: ['1000'] }),
      BUCKET,
      'Invalid Policy: at Statement[0], exactly one of Principal and NotPrincipal must be there.',
    ],
    [
      'a principal that is a name',
      document({ ...bucket, Principal: 'alice' }),
      BUCKET,
      'Invalid Policy: at Statement[0].Principal[0], "alice" is not a uid, an assumed role or "*".',
    ],
    [
      'another bucket',
      document({ ...bucket, Resource: 'acs:oss:*:*:site/*' }),
      BUCKET,
      'Invalid Policy: at Statement[0].Resource[0], "acs:oss:*:*:site/*" is not in the bucket logs.',
    ],
    [
      'a resource in a trust policy',
      document({ ...trust, Resource: '*' }),
      TRUST,
      'Invalid Policy: at Statement[0], there is no element "Resource".',
    ],
    [
      'a trusted service',
      document({ ...trust, Principal: { Service: ['ecs'] } }),
      TRUST,
      'Invalid Policy: at Statement[0].Principal, there is no element "Service".',
    ],
    [
      'a trusted nobody',
      document({ ...trust, Principal: { RAM: '*' } }),
      TRUST,
      'Invalid Policy: at Statement[0].Principal.RAM[0], "*" is not an identity such as "acs:ram::1234:root".',
    ],
    [
      'an unknown operator',
      document({ ...ram, Condition: { StringMatches: {} } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition, there is no operator "StringMatches".',
    ],
    [
      'an operator from a prototype',
      document({ ...ram, Condition: { constructor: {} } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition, there is no operator "constructor".',
    ],
    [
      'an unknown key',
      document({ ...ram, Condition: { Bool: { 'acs:Secure': 'true' } } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition.Bool, there is no condition key "acs:Secure".',
    ],
    [
      'a tag without a key',
      document({ ...ram, Condition: { StringLike: { 'oss:BucketTag/': '*' } } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition.StringLike, there is no condition key "oss:BucketTag/".',
    ],
    [
      'an address that is none',
      document({ ...ram, Condition: { IpAddress: { 'acs:SourceIp': '10.0.0/8' } } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition.IpAddress.acs:SourceIp, "10.0.0/8" is not an IP address or a CIDR range.',
    ],
    [
      'a prefix that is too long',
      document({ ...ram, Condition: { IpAddress: { 'acs:SourceIp': '10.0.0.0/33' } } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition.IpAddress.acs:SourceIp, "10.0.0.0/33" is not an IP address or a CIDR range.',
    ],
    [
      'a day that is none',
      document({ ...ram, Condition: { DateLessThan: { 'acs:CurrentTime': '2026-02-31' } } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition.DateLessThan.acs:CurrentTime, "2026-02-31" is not an ISO 8601 time.',
    ],
    [
      'a truth that is none',
      document({ ...ram, Condition: { Bool: { 'acs:SecureTransport': 'yes' } } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition.Bool.acs:SecureTransport, "yes" is not "true" or "false".',
    ],
    [
      'a number that is none',
      document({ ...ram, Condition: { NumericEquals: { 'oss:RequestObjectTag/a': '1e9' } } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition.NumericEquals.oss:RequestObjectTag/a, "1e9" is not a number.',
    ],
    [
      'no values',
      document({ ...ram, Condition: { StringLike: { 'acs:UserAgent': [] } } }),
      RAM,
      'Invalid Policy: at Statement[0].Condition.StringLike.acs:UserAgent, there is no value.',
    ],
    [
      'a Sid that is no text',
      document({ ...ram, Sid: 7 }),
      RAM,
      'Invalid Policy: at Statement[0].Sid, 7 is not a text.',
    ],
    [
      'a long bad value, cut',
      document({ ...ram, Effect: 'x'.repeat(500) }),
      RAM,
      `Invalid Policy: at Statement[0].Effect, "${'x'.repeat(99)}... is neither "Allow" nor "Deny".`,
    ],
  ])('refuses %s', (_, text, options, message) => {
    expect(refusal(text, options)).toBe(message);
  });

  test('refuses what is too long or too many', () => {
    expect(refusal(' '.repeat(POLICY_LIMITS.ramLengthBytesMax + 1), RAM)).toContain('longer than 6144 bytes');
    expect(refusal(`"${'é'.repeat(8192)}"`, BUCKET)).toContain('longer than 16384 bytes');
    expect(refusal(document(...Array.from({ length: 101 }, () => bucket)), BUCKET)).toContain(
      'more than 100 statements',
    );
    const Action = Array.from({ length: 501 }, () => 'oss:*');
    expect(refusal(document({ ...bucket, Action }), BUCKET)).toContain('more than 500 values');
    expect(refusal(document({ ...ram, Resource: `acs:oss:*:*:${'a'.repeat(2048)}` }), RAM)).toContain(
      'longer than 2048',
    );
  });

  test('refuses deep nesting without overflowing the stack', () => {
    const depth = 3000;
    expect(refusal(`{"Version":${'['.repeat(depth)}${']'.repeat(depth)}}`, RAM)).toContain('a list is not "1"');
  });

  test('answers hostile documents with a policy or a refusal, and every policy can be evaluated', {
    timeout: 300_000,
  }, async () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.json().map((json) => JSON.parse(json)),
    );
    const mostly = (...good: readonly unknown[]): fc.Arbitrary<unknown> => {
      const word = fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: hostile });
      return fc.oneof(word, fc.array(word, { minLength: 1, maxLength: 3 }));
    };
    const tests = {
      StringLike: fc.record(
        { 'acs:UserAgent': mostly('*', 'curl?'), 'oss:BucketTag/a': mostly('b', '') },
        { requiredKeys: [] },
      ),
      IpAddress: fc.record({ 'acs:SourceIp': mostly('10.0.0.0/8', '::1') }),
      DateLessThan: fc.record({ 'acs:CurrentTime': mostly('2026-01-01', '1970-01-01T00:00:00Z') }),
      Bool: fc.record({ 'acs:SecureTransport': mostly('true', false) }),
      NumericNotEquals: fc.record({ 'oss:ExistingObjectTag/n': mostly('1', 2) }),
    };
    const unknownOperator = fc.record({ Null: fc.record({ 'acs:SourceIp': mostly('true') }) });
    const good = fc.record(
      {
        Effect: fc.constantFrom('Allow', 'Deny'),
        Action: mostly('*', 'oss:*', 'oss:Get?bject'),
        Resource: mostly('*', 'acs:oss:*:*:logs/*', 'acs:oss:::logs/a'),
        Principal: mostly('*', '1001', 'arn:sts::*:assumed-role/*/*'),
        Condition: fc.oneof(
          { weight: 20, arbitrary: fc.record(tests, { requiredKeys: [] }) },
          { weight: 1, arbitrary: unknownOperator },
        ),
      },
      { requiredKeys: ['Effect', 'Action', 'Resource'] },
    );
    const statements = fc.oneof({ weight: 20, arbitrary: good }, { weight: 1, arbitrary: hostile });
    const documents = fc.oneof(fc.string(), fc.json(), {
      weight: 8,
      arbitrary: fc
        .record({ Version: fc.constant('1'), Statement: fc.array(statements, { maxLength: 2 }) })
        .map((root) => JSON.stringify(root)),
    });
    await readHostileInputs({
      inputs: fc.tuple(documents, fc.constantFrom(RAM, BUCKET, TRUST)),
      read: ([text, options]) => decideBy(parsePolicy(text, options)),
      refusals: ['InvalidPolicyDocument'],
      lengthOf: ([text]) => text.length,
      allowance: { perInputBytes: 24 * 1024, perCharacterBytes: 96 },
    });
  });

  test('reads spoiled documents, or refuses them', { timeout: 300_000 }, async () => {
    const valid = [
      document(ram),
      document(bucket, {
        ...bucket,
        Effect: 'Deny',
        Principal: ['1001'],
        Condition: { Bool: { 'acs:SecureTransport': 'false' } },
      }),
      document({
        ...ram,
        Condition: { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '::1'] }, StringLike: { 'acs:UserAgent': '*' } },
      }),
    ].map(bytesOfText);
    const pieces = [
      ...JSON_PIECES,
      ...['"Condition":{},', '"Effect":"Deny",', '"NotAction":"*",', '"*",', '"*"', '*'.repeat(300), '?*'.repeat(100)],
      ...['"oss:*",'.repeat(60), '/33', '::', '${', '1001'],
    ];
    await readHostileInputs({
      inputs: fc.tuple(spoiledTexts(valid, pieces), fc.constantFrom(RAM, BUCKET, TRUST)),
      read: ([text, options]) => decideBy(parsePolicy(text, options)),
      refusals: ['InvalidPolicyDocument'],
      lengthOf: ([text]) => text.length,
      allowance: { perInputBytes: 24 * 1024, perCharacterBytes: 96 },
    });
  });

  async function decideBy(policy: ReturnType<typeof parsePolicy>): Promise<void> {
    const decision = await decide({
      principal: { kind: 'user', accountId: '1000', uid: '1001', name: 'alice' },
      action: 'oss:GetObject',
      access: 'read',
      level: 'object',
      resource: { service: 'oss', region: undefined, ownerId: '1000', name: 'logs/a' },
      facts: {
        sourceIp: undefined,
        userAgent: undefined,
        accessKeyId: undefined,
        principalArn: undefined,
        receivedAtMs: 0,
        isSecure: false,
        bucketTags: async () => undefined,
        existingObjectTags: async () => undefined,
      },
      identityPolicies: [{ name: 'hostile', policy }],
      sessionPolicy: undefined,
      bucketPolicy: policy,
      isPublicAccessBlocked: true,
      acl: async () => 'private',
    });
    if (![true, false].includes(decision.isAllowed)) throw new Error('undecided');
  }
});
