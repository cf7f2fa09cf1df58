import { StoreFailure } from '@annals/store';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../harness/test-server.js';
import { expectError } from './expectations.js';
import { partText, policyOf, signFormV1, signFormV4 } from './post-form.js';

import { BUCKET, HOUR_MS, OPEN_BUCKET, type Post, PostObjectFixture } from './post-object-fixture.js';

const FILENAME = '$'.concat('{filename}');

const forms = new PostObjectFixture();

describe('PostObject without a signature', () => {
  test('writes into a bucket that anyone may write, and no other', async () => {
    expect((await forms.post({ bucket: OPEN_BUCKET, fields: [['key', forms.key]] })).status).toBe(204);
    expectError(await forms.post({ fields: [['key', forms.key]] }), { status: 403, code: 'AccessDenied' });
    expect(await forms.stored()).toBeUndefined();
  });

  test.each(['OSSAccessKeyId', 'policy', 'Signature'])('a signature without %s is no signature', async (name) => {
    const fields = forms.signed([{ bucket: OPEN_BUCKET }]).filter(([field]) => field !== name);
    expectError(await forms.post({ bucket: OPEN_BUCKET, fields: [['key', forms.key], ...fields] }), {
      status: 400,
      code: 'InvalidArgument',
      details: { ArgumentName: name },
    });
  });
});

describe('PostObject refuses, and stores nothing', () => {
  test.each<[string, () => Post, { status: number; code: string; message?: string; ec?: string }]>([
    [
      'a form without a key',
      () => ({ fields: forms.signed() }),
      {
        status: 400,
        code: 'InvalidArgument',
        message:
          "The bucket POST must contain the specified 'key'. If it is specified, please check the order of the fields.",
      },
    ],
    [
      'a form without a file',
      () => ({ fields: [['key', forms.key], ...forms.signed()], file: null }),
      { status: 400, code: 'IncorrectNumberOfFilesInPOSTRequest' },
    ],
    [
      'two files',
      () => ({ fields: [['key', forms.key], ...forms.signed()], tail: partText('file', 'x', '; filename="b"') }),
      { status: 400, code: 'IncorrectNumberOfFilesInPOSTRequest' },
    ],
    [
      'a policy that has expired',
      () => ({ fields: [['key', forms.key], ...forms.signed([{ bucket: BUCKET }], forms.nowMs - 1)] }),
      { status: 403, code: 'AccessDenied', message: 'Invalid according to Policy: Policy expired.' },
    ],
    [
      'another key than the policy says',
      () => ({ fields: [['key', forms.key], ...forms.signed([['starts-with', '$key', 'user/eric/']])] }),
      {
        status: 403,
        code: 'AccessDenied',
        message: 'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/eric/"]',
      },
    ],
    [
      'another bucket than the policy says, whatever a field claims',
      () => ({ fields: [['key', forms.key], ['bucket', 'other'], ...forms.signed([{ bucket: 'other' }])] }),
      {
        status: 403,
        code: 'AccessDenied',
        message: 'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "other"]',
      },
    ],
    [
      'another content type than the policy says, wherever it is named',
      () => ({
        fields: [
          ['key', forms.key],
          ['Content-Type', 'image/png'],
          ...forms.signed([['in', '$content-type', ['image/png']]]),
        ],
        file: { type: 'text/html', content: 'x' },
      }),
      {
        status: 403,
        code: 'AccessDenied',
        message: 'Invalid according to Policy: Policy Condition failed: ["in", "$content-type", ["image/png"]]',
      },
    ],
    [
      'a file longer than the policy says',
      () => ({ fields: [['key', forms.key], ...forms.signed([['content-length-range', 0, 18]])] }),
      { status: 400, code: 'EntityTooLarge', ec: '0006-00000003' },
    ],
    [
      'a file shorter than the policy says',
      () => ({ fields: [['key', forms.key], ...forms.signed([['content-length-range', 20, 100]])] }),
      { status: 400, code: 'EntityTooSmall' },
    ],
    [
      'a policy that is none',
      () => ({ fields: [['key', forms.key], ...signFormV1(Buffer.from('{').toString('base64'), ROOT)] }),
      { status: 400, code: 'InvalidPolicyDocument', message: 'Invalid Policy: the policy is not JSON.' },
    ],
    [
      'a signature with another secret',
      () => ({
        fields: [
          ['key', forms.key],
          ...signFormV1(policyOf([{ bucket: BUCKET }], forms.nowMs + HOUR_MS), { ...ROOT, accessKeySecret: 'x' }),
        ],
      }),
      { status: 403, code: 'SignatureDoesNotMatch', ec: '0002-00000040' },
    ],
    [
      'an unknown access key',
      () => ({
        fields: [
          ['key', forms.key],
          ...signFormV1(policyOf([{ bucket: BUCKET }], forms.nowMs + HOUR_MS), { ...ROOT, accessKeyId: 'x' }),
        ],
      }),
      { status: 403, code: 'InvalidAccessKeyId' },
    ],
    [
      'a security token of nobody',
      () => ({ fields: [['key', forms.key], ['x-oss-security-token', 'token'], ...forms.signed()] }),
      { status: 403, code: 'InvalidSecurityToken' },
    ],
    [
      'an empty signature',
      () => ({ fields: [['key', forms.key], ['Signature', ''], ...forms.signed()] }),
      { status: 400, code: 'InvalidArgument', message: 'Post request signature is empty.', ec: '0002-00000704' },
    ],
    [
      'a V4 form signed too far ahead',
      () => ({
        fields: [
          ['key', forms.key],
          ...signFormV4([], ROOT, { atMs: forms.nowMs + 901_000, expiresAtMs: forms.nowMs + HOUR_MS }),
        ],
      }),
      { status: 403, code: 'RequestTimeTooSkewed' },
    ],
    [
      'a V4 form older than 7 days',
      () => ({
        fields: [
          ['key', forms.key],
          ...signFormV4([], ROOT, { atMs: forms.nowMs - 8 * 24 * HOUR_MS, expiresAtMs: forms.nowMs + HOUR_MS }),
        ],
      }),
      { status: 403, code: 'AccessDenied', message: 'Request has expired.' },
    ],
    [
      'an ACL that does not exist',
      () => ({ fields: [['key', forms.key], ['x-oss-object-acl', 'everyone'], ...forms.signed()] }),
      { status: 400, code: 'InvalidArgument' },
    ],
    [
      'a key that is too long with the name of the file',
      () => ({
        fields: [['key', `${forms.key}${FILENAME}`], ...forms.signed()],
        file: { name: 'n'.repeat(1020), content: 'x' },
      }),
      { status: 400, code: 'InvalidObjectName' },
    ],
    [
      'a long name of a field',
      () => ({ fields: [['key', forms.key], ['f'.repeat(8193), 'x'], ...forms.signed()] }),
      { status: 400, code: 'FieldItemTooLong' },
    ],
    [
      'more fields than fit',
      () => ({
        fields: [['key', forms.key], ['a', 'x'.repeat(2 ** 21)], ['b', 'x'.repeat(2 ** 21)], ...forms.signed()],
      }),
      { status: 400, code: 'MaxPOSTPreDataLengthExceededError' },
    ],
    [
      'tags in a header',
      () => ({ fields: [['key', forms.key], ...forms.signed()], headers: { 'x-oss-tagging': 'a=b' } }),
      { status: 400, code: 'InvalidArgument' },
    ],
    [
      'a traffic limit both as field and in the query',
      () => ({
        fields: [['key', forms.key], ['x-oss-traffic-limit', '819200'], ...forms.signed()],
        query: { 'x-oss-traffic-limit': '819200' },
      }),
      { status: 400, code: 'InvalidArgument' },
    ],
    [
      'a form that is no form',
      () => ({ fields: [], headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      { status: 400, code: 'RequestIsNotMultiPartContent' },
    ],
    [
      'a form with another boundary',
      () => ({
        fields: [['key', forms.key], ...forms.signed()],
        headers: { 'content-type': 'multipart/form-data; boundary=other' },
      }),
      { status: 400, code: 'MalformedPOSTRequest' },
    ],
    [
      'a bucket that is not there',
      () => ({
        bucket: 'missing-bucket',
        fields: [['key', forms.key], ...forms.signed([{ bucket: 'missing-bucket' }])],
      }),
      { status: 404, code: 'NoSuchBucket' },
    ],
  ])('%s', async (_, make, expected) => {
    expectError(await forms.post(make()), expected);
    await expect(forms.server.store.headObject({ bucket: BUCKET, key: forms.key })).rejects.toThrow(StoreFailure);
  });

  test('a V4 form whose policy leaves its date open', async () => {
    const good = signFormV4([], ROOT, { atMs: forms.nowMs, expiresAtMs: forms.nowMs + HOUR_MS });
    const bare = policyOf([{ bucket: BUCKET }], forms.nowMs + HOUR_MS);
    // Signed rightly, but anyone who has it may choose the date.
    const { createHmac } = await import('node:crypto');
    const scope = [
      new Date(forms.nowMs).toISOString().slice(0, 10).replaceAll('-', ''),
      'cn-hangzhou',
      'oss',
      'aliyun_v4_request',
    ];
    const signingKey = scope.reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `aliyun_v4${ROOT.accessKeySecret}`,
    );
    const signature = createHmac('sha256', signingKey).update(bare).digest('hex');
    const fields = good.map(([name, value]): [string, string] => [
      name,
      name === 'policy' ? bare : name === 'x-oss-signature' ? signature : value,
    ]);
    expectError(await forms.post({ fields: [['key', forms.key], ...fields] }), {
      status: 403,
      code: 'AccessDenied',
      message: 'Invalid according to Policy: The policy has no condition that fixes x-oss-signature-version.',
    });
  });

  test('a form without any length', async () => {
    const head = await forms.server.sendHeadOnly({
      method: 'POST',
      bucket: BUCKET,
      signature: 'anonymous',
      headers: { 'content-type': 'multipart/form-data; boundary=a' },
    });
    expect(head).toMatch(/^HTTP\/1\.1 411 /);
  });
});
