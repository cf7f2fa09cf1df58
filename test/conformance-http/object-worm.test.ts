/**
 * Object WORM: a bucket opened to it, retentions and legal holds of single versions, and what they forbid meanwhile.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectDocument, expectError } from './expectations.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const IMMUTABLE = { status: 409, code: 'FileImmutable', message: 'The object you specified is immutable.' };
const NOT_SUPPORTED = { status: 400, code: 'OperationNotSupported' };
const INVALID = { status: 400, code: 'InvalidArgument' };

let server: TestServer;
let nowMs = START_MS;

beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs });
});

afterAll(() => server.close());

const objectWorm = (rule = '') =>
  `<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled>${rule}</ObjectWormConfiguration>`;
const defaultOf = (content: string) => `<Rule><DefaultRetention>${content}</DefaultRetention></Rule>`;
const retention = (mode: string, until: string) =>
  `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
const hold = (status: string) => `<LegalHold><Status>${status}</Status></LegalHold>`;
const configure = (bucket: string, body = objectWorm()) =>
  server.send({ method: 'PUT', bucket, query: { objectWorm: '' }, body });
const version = (bucket: string, status: string) =>
  server.send({
    method: 'PUT',
    bucket,
    query: { versioning: '' },
    body: `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`,
  });
const object = (method: string, bucket: string, query: Record<string, string>, body?: string, headers = {}) =>
  server.send({ method, bucket, key: 'k', query, headers, ...(body !== undefined && { body }) });
const put = (bucket: string, headers: Record<string, string> = {}, body = 'x') =>
  object('PUT', bucket, {}, body, headers);

/** @returns The id of the version that was written. */
function versionOf(answer: RawAnswer): string {
  expect(answer.status).toBe(200);
  return answer.headers['x-oss-version-id'] ?? '';
}

/** A bucket with versions and object WORM. */
async function makeBucket(bucket: string, rule = ''): Promise<string> {
  await server.send({ method: 'PUT', bucket });
  await version(bucket, 'Enabled');
  expect((await configure(bucket, objectWorm(rule))).status).toBe(200);
  return bucket;
}

describe('a bucket', () => {
  test('is opened once versions are kept, for good, and its default can be changed', async () => {
    const bucket = 'ow-opened';
    await server.send({ method: 'PUT', bucket });
    expectError(await server.send({ method: 'GET', bucket, query: { objectWorm: '' } }), {
      status: 404,
      code: 'NoSuchObjectWormConfiguration',
    });
    expectError(await configure(bucket), NOT_SUPPORTED);
    await version(bucket, 'Enabled');
    expect((await configure(bucket)).status).toBe(200);
    expectDocument(await server.send({ method: 'GET', bucket, query: { objectWorm: '' } }), [
      '<ObjectWormConfiguration>',
      '  <ObjectWormEnabled>Enabled</ObjectWormEnabled>',
      '</ObjectWormConfiguration>',
    ]);
    expect((await configure(bucket, objectWorm(defaultOf('<Mode>GOVERNANCE</Mode><Years>100</Years>')))).status).toBe(
      200,
    );
    expectDocument(await server.send({ method: 'GET', bucket, query: { objectWorm: '' } }), [
      '<ObjectWormConfiguration>',
      '  <ObjectWormEnabled>Enabled</ObjectWormEnabled>',
      '  <Rule>',
      '    <DefaultRetention>',
      '      <Mode>GOVERNANCE</Mode>',
      '      <Years>100</Years>',
      '    </DefaultRetention>',
      '  </Rule>',
      '</ObjectWormConfiguration>',
    ]);
    expectError(await version(bucket, 'Suspended'), NOT_SUPPORTED);
    expect((await version(bucket, 'Enabled')).status).toBe(200);
  });

  test.each([
    ['MalformedXML', '<ObjectWormConfiguration/>'],
    ['MalformedXML', objectWorm().replace('>Enabled<', '>Disabled<')],
    ['MalformedXML', objectWorm('<Rule/>')],
    ['MalformedXML', objectWorm(defaultOf('<Mode>COMPLIANCE</Mode>'))],
    ['MalformedXML', objectWorm(defaultOf('<Mode>COMPLIANCE</Mode><Days>0</Days>'))],
    ['MalformedXML', objectWorm(defaultOf('<Mode>COMPLIANCE</Mode><Days>36501</Days>'))],
    ['MalformedXML', objectWorm(defaultOf('<Mode>COMPLIANCE</Mode><Years>101</Years>'))],
    ['MalformedXML', objectWorm(defaultOf('<Mode>COMPLIANCE</Mode><Days>1</Days><Years>1</Years>'))],
    ['MalformedXML', objectWorm(defaultOf('<Mode>COMPLIANCE</Mode><Days>soon</Days>'))],
    ['InvalidArgument', objectWorm(defaultOf('<Mode>compliance</Mode><Days>1</Days>'))],
    ['InvalidArgument', objectWorm(defaultOf('<Days>1</Days>'))],
    ['MalformedXML', 'no document'],
  ])('refuses with %s: %s', async (code, document) => {
    const bucket = 'ow-refusing';
    await server.send({ method: 'PUT', bucket });
    await version(bucket, 'Enabled');
    expectError(await configure(bucket, document), { status: 400, code });
  });

  test('has either this or a retention of its own', async () => {
    const initiate = (bucket: string) =>
      server.send({
        method: 'POST',
        bucket,
        query: { worm: '' },
        body: '<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>',
      });
    const exists = { status: 409, code: 'WORMConfigurationAlreadyExists' };
    await makeBucket('ow-first');
    expectError(await initiate('ow-first'), exists);
    await server.send({ method: 'PUT', bucket: 'ow-second' });
    await version('ow-second', 'Enabled');
    expect((await initiate('ow-second')).status).toBe(200);
    expectError(await configure('ow-second'), exists);
  });

  test('has no appends', async () => {
    const bucket = 'ow-append';
    await server.send({ method: 'PUT', bucket });
    const append = (position: string) => object('POST', bucket, { append: '', position }, 'add');
    expect((await append('0')).status).toBe(200);
    await version(bucket, 'Enabled');
    await configure(bucket);
    expectError(await append('3'), NOT_SUPPORTED);
    expectError(
      await object('PUT', bucket, { retention: '' }, retention('COMPLIANCE', '2027-01-01T00:00:00.000Z')),
      NOT_SUPPORTED,
    );
    expectError(
      await server.send({ method: 'POST', bucket, key: 'new', query: { append: '', position: '0' }, body: 'add' }),
      NOT_SUPPORTED,
    );
    expect((await object('GET', bucket, {})).body.toString()).toBe('add');
  });
});

describe('a retention', () => {
  test('from the upload on, shown, extended, over', async () => {
    const bucket = await makeBucket('ow-retained');
    const headers = {
      'x-oss-object-worm-mode': 'COMPLIANCE',
      // Finer than a second: rounded down, so that what was read can be put again.
      'x-oss-object-worm-retain-until-date': '2026-01-03T00:00:00.999Z',
    };
    const versionId = versionOf(await put(bucket, headers));
    const shown = { ...headers, 'x-oss-object-worm-retain-until-date': '2026-01-03T00:00:00.000Z' };
    expect((await object('HEAD', bucket, {})).headers).toMatchObject(shown);
    expect((await object('GET', bucket, {})).headers).toMatchObject(shown);
    expectDocument(await object('GET', bucket, { retention: '' }), [
      '<Retention>',
      '  <Mode>COMPLIANCE</Mode>',
      '  <RetainUntilDate>2026-01-03T00:00:00.000Z</RetainUntilDate>',
      '</Retention>',
    ]);
    expectError(await object('DELETE', bucket, { versionId }), IMMUTABLE);
    expectError(
      await server.send({
        method: 'POST',
        bucket,
        query: { delete: '' },
        headers: { 'x-oss-bypass-governance-retention': 'true' },
        body: `<Delete><Object><Key>k</Key><VersionId>${versionId}</VersionId></Object></Delete>`,
      }),
      IMMUTABLE,
    );
    const marker = await object('DELETE', bucket, {});
    expect([marker.status, marker.headers['x-oss-delete-marker']]).toEqual([204, 'true']);
    const change = (until: string, more = {}) =>
      object('PUT', bucket, { retention: '', versionId }, retention('COMPLIANCE', until), more);
    expectError(await change('2026-01-02T23:59:59.000Z', { 'x-oss-bypass-governance-retention': 'true' }), IMMUTABLE);
    expectError(
      await object('PUT', bucket, { retention: '', versionId }, retention('GOVERNANCE', '2026-02-01T00:00:00Z')),
      IMMUTABLE,
    );
    const extended = await change('2026-01-04T00:00:00.000Z');
    expect([extended.status, extended.headers['x-oss-version-id'], extended.body.length]).toEqual([200, versionId, 0]);
    expectError(await object('PUT', bucket, { retention: '' }, retention('COMPLIANCE', '2026-02-01T00:00:00Z')), {
      status: 404,
      code: 'NoSuchKey',
    });
    try {
      nowMs = Date.UTC(2026, 0, 4) - 1;
      expectError(await object('DELETE', bucket, { versionId }), IMMUTABLE);
      nowMs += 1;
      expect((await object('DELETE', bucket, { versionId })).status).toBe(204);
      expectError(await object('GET', bucket, { retention: '', versionId }), { status: 404, code: 'NoSuchVersion' });
    } finally {
      nowMs = START_MS;
    }
  });

  test('of the mode GOVERNANCE gives way to a request that says so', async () => {
    const bucket = await makeBucket('ow-governed');
    const bypass = { 'x-oss-bypass-governance-retention': 'true' };
    versionOf(await put(bucket));
    expectError(await object('GET', bucket, { retention: '' }), {
      status: 404,
      code: 'NoSuchObjectRetentionConfiguration',
    });
    const change = (until: string, headers = {}) =>
      object('PUT', bucket, { retention: '' }, retention('GOVERNANCE', until), headers);
    expect((await change('2026-03-01T00:00:00.000Z')).status).toBe(200);
    expectError(await change('2026-02-01T00:00:00.000Z'), IMMUTABLE);
    expectError(
      await change('2026-02-01T00:00:00.000Z', { ...bypass, 'x-oss-bypass-governance-retention': 'yes' }),
      INVALID,
    );
    expect((await change('2026-02-01T00:00:00.000Z', bypass)).status).toBe(200);
    const first = (await object('HEAD', bucket, {})).headers['x-oss-version-id'] ?? '';
    expectError(await object('DELETE', bucket, { versionId: first }), IMMUTABLE);
    expect((await object('DELETE', bucket, { versionId: first }, undefined, bypass)).status).toBe(204);
    const until = {
      'x-oss-object-worm-mode': 'GOVERNANCE',
      'x-oss-object-worm-retain-until-date': '2027-01-01T00:00:00Z',
    };
    const second = versionOf(await put(bucket, until));
    const batch = await server.send({
      method: 'POST',
      bucket,
      query: { delete: '' },
      headers: bypass,
      body: `<Delete><Object><Key>k</Key><VersionId>${second}</VersionId></Object></Delete>`,
    });
    expect(batch.status).toBe(200);
    expectError(await object('HEAD', bucket, {}), { status: 404, code: 'NoSuchKey' });
  });

  test.each([
    [{ 'x-oss-object-worm-mode': 'COMPLIANCE' }],
    [{ 'x-oss-object-worm-retain-until-date': '2027-01-01T00:00:00.000Z' }],
    [{ 'x-oss-object-worm-mode': 'FOREVER', 'x-oss-object-worm-retain-until-date': '2027-01-01T00:00:00.000Z' }],
    [{ 'x-oss-object-worm-mode': 'COMPLIANCE', 'x-oss-object-worm-retain-until-date': '2026-01-02T03:04:05.000Z' }],
    [{ 'x-oss-object-worm-mode': 'COMPLIANCE', 'x-oss-object-worm-retain-until-date': '2126-01-01T00:00:00.000Z' }],
    [{ 'x-oss-object-worm-mode': 'COMPLIANCE', 'x-oss-object-worm-retain-until-date': 'tomorrow' }],
    [{ 'x-oss-object-worm-legal-hold': 'on' }],
  ] as Record<string, string>[][])('is not made of %j', async (headers) => {
    const bucket = 'ow-headers';
    if ((await server.send({ method: 'GET', bucket, query: { objectWorm: '' } })).status === 404)
      await makeBucket(bucket);
    expectError(await put(bucket, headers), INVALID);
    expectError(await object('HEAD', bucket, {}), { status: 404, code: 'NoSuchKey' });
  });

  test.each([
    ['MalformedXML', '<Other/>'],
    ['InvalidArgument', '<Retention/>'],
    ['InvalidArgument', retention('COMPLIANCE', '2026-01-02T03:04:05.000Z')],
    ['InvalidArgument', retention('COMPLIANCE', '2027-02-30T00:00:00.000Z')],
    ['InvalidArgument', retention('', '2027-01-01T00:00:00.000Z')],
  ])('is refused as a document with %s: %s', async (code, document) => {
    const bucket = 'ow-documents';
    if ((await server.send({ method: 'GET', bucket, query: { objectWorm: '' } })).status === 404)
      await makeBucket(bucket);
    await put(bucket);
    expectError(await object('PUT', bucket, { retention: '' }, document), { status: 400, code });
  });

  test('comes from the default of the bucket for every write, and not from the source of a copy', async () => {
    const bucket = await makeBucket('ow-default', defaultOf('<Mode>COMPLIANCE</Mode><Days>2</Days>'));
    const born = {
      'x-oss-object-worm-mode': 'COMPLIANCE',
      'x-oss-object-worm-retain-until-date': '2026-01-04T03:04:05.000Z',
    };
    await put(bucket);
    expect((await object('HEAD', bucket, {})).headers).toMatchObject(born);
    await put(bucket, {
      'x-oss-object-worm-mode': 'GOVERNANCE',
      'x-oss-object-worm-retain-until-date': '2026-06-01T00:00:00Z',
    });
    const copy = { method: 'PUT', bucket, key: 'copy', headers: { 'x-oss-copy-source': `/${bucket}/k` } };
    expect((await server.send(copy)).status).toBe(200);
    expect((await server.send({ method: 'HEAD', bucket, key: 'copy' })).headers).toMatchObject(born);
    await server.send({ method: 'PUT', bucket: 'ow-elsewhere' });
    expect((await server.send({ ...copy, bucket: 'ow-elsewhere' })).status).toBe(200);
    const elsewhere = await server.send({ method: 'HEAD', bucket: 'ow-elsewhere', key: 'copy' });
    expect(Object.keys(elsewhere.headers).filter((name) => name.includes('worm'))).toEqual([]);
    const upload = { method: 'POST', bucket, key: 'parts' };
    const headers = { 'x-oss-object-worm-legal-hold': 'ON' };
    const initiated = await server.send({ ...upload, query: { uploads: '' }, headers });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(initiated.body.toString())?.[1] ?? '';
    await server.send({ method: 'PUT', bucket, key: 'parts', query: { partNumber: '1', uploadId }, body: 'part' });
    const complete = { ...upload, query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } };
    nowMs += DAY_MS;
    try {
      expect((await server.send(complete)).status).toBe(200);
    } finally {
      nowMs = START_MS;
    }
    expect((await server.send({ method: 'HEAD', bucket, key: 'parts' })).headers).toMatchObject({
      ...headers,
      'x-oss-object-worm-retain-until-date': '2026-01-05T03:04:05.000Z',
    });
  });
});

describe('a legal hold', () => {
  test('stays until it is lifted', async () => {
    const bucket = await makeBucket('ow-held');
    const versionId = versionOf(await put(bucket));
    expectError(await object('GET', bucket, { legalHold: '' }), {
      status: 404,
      code: 'NoSuchObjectLegalHoldConfiguration',
    });
    expect((await object('PUT', bucket, { legalHold: '', versionId }, hold('ON'))).status).toBe(200);
    expectDocument(await object('GET', bucket, { legalHold: '' }), [
      '<LegalHold>',
      '  <Status>ON</Status>',
      '</LegalHold>',
    ]);
    expect((await object('HEAD', bucket, {})).headers['x-oss-object-worm-legal-hold']).toBe('ON');
    const bypass = { 'x-oss-bypass-governance-retention': 'true' };
    expectError(await object('DELETE', bucket, { versionId }, undefined, bypass), IMMUTABLE);
    for (const document of [hold('on'), hold(''), '<LegalHold/>']) {
      expectError(await object('PUT', bucket, { legalHold: '' }, document), INVALID);
    }
    expect((await object('PUT', bucket, { legalHold: '' }, hold('OFF'))).status).toBe(200);
    expect((await object('HEAD', bucket, {})).headers['x-oss-object-worm-legal-hold']).toBe('OFF');
    expect((await object('DELETE', bucket, { versionId })).status).toBe(204);
  });
});

test('a bucket that was not opened has none of it, and says so', async () => {
  const bucket = 'ow-closed';
  await server.send({ method: 'PUT', bucket });
  await put(bucket);
  expectError(await put(bucket, { 'x-oss-object-worm-legal-hold': 'OFF' }), NOT_SUPPORTED);
  expectError(
    await object('PUT', bucket, { retention: '' }, retention('COMPLIANCE', '2027-01-01T00:00:00Z')),
    NOT_SUPPORTED,
  );
  expectError(await object('PUT', bucket, { legalHold: '' }, hold('ON')), NOT_SUPPORTED);
  expectError(await object('GET', bucket, { retention: '' }), {
    status: 404,
    code: 'NoSuchObjectRetentionConfiguration',
  });
  expectError(
    await server.send({ method: 'PUT', bucket: 'ow-nowhere', query: { objectWorm: '' }, body: objectWorm() }),
    {
      status: 404,
      code: 'NoSuchBucket',
    },
  );
});
