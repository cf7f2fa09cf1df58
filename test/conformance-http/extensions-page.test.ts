/**
 * docs/extensions.md and the server say the same: every extension of the operations and every header of the tables is
 * on the page and nothing else is; every code has its status; and each line of the table of refusals is provoked.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXTENSION_HEADERS, EXTENSION_PREFIX, isErrorCode, OPERATION_NAMES, OssError } from '@annals/protocol';
import { OPERATION_ROWS } from '@annals/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/extensions.md'), 'utf8');
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

let server: TestServer;
let keyCount = 0;

beforeAll(async () => {
  server = await startTestServer({
    clock: () => START_MS,
    buckets: ['plain', 'retained', 'held'],
    storeSettings: { appendable: { lengthMax: 1000, copy: 'allow', overwrite: 'allow' } },
  });
  await server.store.updateBucket('held', { versioning: 'enabled' });
});

afterAll(() => server.close());

/** All matches of the first group. */
const found = (pattern: RegExp, text = page): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name);

describe('the page names', () => {
  test('every extension header, and no other', () => {
    const named = new Set(found(/`(x-oss-annals-[a-z0-9-]*[a-z0-9])/g));
    expect([...named].sort()).toEqual([...EXTENSION_HEADERS].sort());
  });

  test('every extension that an operation has', () => {
    for (const name of OPERATION_NAMES) {
      for (const extension of OPERATION_ROWS[name].extensions ?? []) {
        const isHeader = extension.startsWith(EXTENSION_PREFIX);
        const isNamed = isHeader ? page.includes(`\`${extension}`) : new RegExp(`\\?${extension}[&[]`).test(page);
        // Sub-resources of operations that are not built are no extensions that work.
        if (OPERATION_ROWS[name].effect !== 'not built')
          expect([name, extension, isNamed]).toEqual([name, extension, true]);
      }
    }
  });

  test('error codes with the statuses that they have', () => {
    const pairs = [...page.matchAll(/\b([45]\d\d) `(\w+)`/g)].map(
      ([, status, code]) => [Number(status), code] as const,
    );
    expect(pairs.length).toBeGreaterThan(20);
    for (const [status, code] of pairs) {
      if (code === undefined || !isErrorCode(code)) expect.fail(`there is no code ${code}`);
      expect([code, new OssError(code).status]).toEqual([code, status]);
    }
  });
});

interface Target {
  readonly bucket: string;
  readonly key: string;
}

const newTarget = (bucket = 'plain'): Target => ({ bucket, key: `log-${keyCount++}` });

const send = (target: Target, method: string, query: Record<string, string> = {}, more: object = {}) =>
  server.send({ method, ...target, query, ...more });

const append = (target: Target, headers: Record<string, string> = {}, position = 'auto', body = 'abc') =>
  send(target, 'POST', { append: '', position }, { headers, body });

async function ok(answer: Promise<RawAnswer>): Promise<RawAnswer> {
  const { status, body } = await answer;
  expect(status, body.toString()).toBeLessThan(300);
  return answer;
}

const put = (target: Target, body = 'abc', headers: Record<string, string> = {}) =>
  ok(send(target, 'PUT', {}, { body, headers }));
const seal = (target: Target) => ok(send(target, 'POST', { seal: '', position: '3' }));
const link = (target: Target, to: string) =>
  ok(send(target, 'PUT', { symlink: '' }, { headers: { 'x-oss-symlink-target': to } }));
const follow = (target: Target, query: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  send(target, 'GET', { follow: '', wait: '0', ...query }, { headers });
const convert = (target: Target, query: Record<string, string>, headers: Record<string, string> = {}) =>
  send(target, 'POST', { convert: '', ...query }, { headers });
const putBucket = (header: string) => server.send({ method: 'PUT', bucket: 'plain', headers: { [header]: 'perhaps' } });

/** An object in a state, and a request about it. */
async function prepared(
  prepare: (target: Target) => Promise<unknown>,
  ask: (target: Target) => Promise<RawAnswer>,
  bucket = 'plain',
): Promise<RawAnswer> {
  const target = newTarget(bucket);
  await prepare(target);
  return ask(target);
}

const appended = (target: Target) => ok(append(target));
const isNumber = (header: string): Provocation[] =>
  ['', '-1', '1.5', '9007199254740992', 'x'].map((value) => () => append(newTarget(), { [header]: value }));

async function retained(target: Target): Promise<void> {
  await appended(target);
  const body =
    '<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>';
  const { status } = await server.send({ method: 'POST', bucket: target.bucket, query: { worm: '' }, body });
  expect([200, 409]).toContain(status);
}

async function held(target: Target): Promise<void> {
  const body = '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled></ObjectWormConfiguration>';
  await ok(server.send({ method: 'PUT', bucket: target.bucket, query: { objectWorm: '' }, body }));
  await put(target);
}

/** Copied and converted in turn, until a copy cannot be converted. */
async function nested(): Promise<RawAnswer> {
  let from = newTarget();
  await put(from);
  for (;;) {
    const to = newTarget();
    await put(to, '', { 'x-oss-copy-source': `/${from.bucket}/${from.key}` });
    const converted = await convert(to, { type: 'appendable' });
    if (converted.status !== 200) return converted;
    await ok(append(to));
    from = to;
  }
}

type Provocation = () => Promise<RawAnswer>;

const ARCHIVED = (target: Target) => put(target, 'abc', { 'x-oss-storage-class': 'Archive' });
const anonymous = { signature: 'anonymous' } as const;

/** By extension and answer, as the page has them. */
const PROVOCATIONS: Readonly<Record<string, readonly Provocation[]>> = {
  'x-oss-annals-append-id: 400 InvalidArgument': ['', 'x'.repeat(65), 'a b', 'é'].map(
    (id) => () => append(newTarget(), { 'x-oss-annals-append-id': id }),
  ),
  'x-oss-annals-append-id: 409 AppendIdConflict': ['abd', 'abcd', ''].map(
    (body) => () =>
      prepared(
        (target) => ok(append(target, { 'x-oss-annals-append-id': 'a' })),
        (target) => append(target, { 'x-oss-annals-append-id': 'a' }, 'auto', body),
      ),
  ),
  'x-oss-annals-writer-epoch: 400 InvalidArgument': isNumber('x-oss-annals-writer-epoch'),
  'x-oss-annals-writer-epoch: 412 WriterFenced': [
    () =>
      prepared(
        (target) => ok(append(target, { 'x-oss-annals-writer-epoch': '2' })),
        (target) => append(target, { 'x-oss-annals-writer-epoch': '1' }),
      ),
  ],
  'x-oss-annals-max-length: 400 InvalidArgument': isNumber('x-oss-annals-max-length'),
  'x-oss-annals-max-length: 412 AppendMaxLengthExceeded': [
    () => append(newTarget(), { 'x-oss-annals-max-length': '2' }),
  ],
  'position=auto: 400 InvalidArgument': ['AUTO', 'Auto', 'auto '].map(
    (position) => () => append(newTarget(), {}, position),
  ),
  'position=auto: 409 ObjectNotAppendable': [
    () => prepared(put, append),
    () => prepared((target) => link(target, 'any'), append),
  ],
  'position=auto: 409 AppendSealedObjectNotAllowed': [
    () => prepared((target) => appended(target).then(() => seal(target)), append),
  ],
  'position=auto: 409 FileImmutable': [() => prepared(retained, append, 'retained')],
  'position=auto: 400 OperationNotSupported': [
    () => prepared(held, (target) => append({ ...target, key: 'new' }), 'held'),
  ],
  'x-oss-annals-appendable-replay: 400 InvalidArgument': [() => putBucket('x-oss-annals-appendable-replay')],
  'x-oss-annals-appendable-overwrite: 400 InvalidArgument': [() => putBucket('x-oss-annals-appendable-overwrite')],
  'x-oss-annals-appendable-copy: 400 InvalidArgument': [() => putBucket('x-oss-annals-appendable-copy')],
  'x-oss-annals-worm-append: 400 InvalidArgument': [
    () =>
      server.send({
        method: 'POST',
        bucket: 'plain',
        query: { worm: '' },
        headers: { 'x-oss-annals-worm-append': 'perhaps' },
        body: '<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>',
      }),
  ],
  'follow: 400 InvalidArgument': [
    () => follow(newTarget(), { follow: 'twice' }),
    () => follow(newTarget(), { position: '-1' }),
    () => follow(newTarget(), { wait: '3601' }),
    () => follow(newTarget(), {}, { 'last-event-id': '1' }),
    () => follow(newTarget(), {}, { range: 'bytes=0-1' }),
    () => follow(newTarget(), { type: 'normal' }),
    () => follow(newTarget(), { 'x-oss-process': 'image/info' }),
    () => follow(newTarget(), { 'response-content-type': 'text/plain' }),
  ],
  'follow: 400 MissingArgument': [() => follow(newTarget(), { follow: 'once' })],
  'follow: 403 AccessDenied': [() => prepared(appended, (target) => send(target, 'GET', { follow: '' }, anonymous))],
  'follow: 403 InvalidObjectState': [() => prepared(ARCHIVED, follow)],
  'follow: 404 NoSuchKey': [
    () => follow(newTarget()),
    () =>
      prepared(appended, (target) => {
        const polled = send(target, 'GET', { follow: 'once', position: '3', wait: '600' });
        return ok(send(target, 'DELETE')).then(() => polled);
      }),
  ],
  'follow: 404 NoSuchVersion': [() => prepared(appended, (target) => follow(target, { versionId: 'another' }))],
  'follow: 404 SymlinkTargetNotExist': [() => prepared((target) => link(target, 'nothing'), follow)],
  'follow: 412 PreconditionFailed': [
    () => prepared(appended, (target) => follow(target, {}, { 'if-match': '"another"' })),
    () =>
      prepared(appended, (target) => {
        const before = new Date(START_MS - 3_600_000).toUTCString();
        return follow(target, {}, { 'if-unmodified-since': before });
      }),
  ],
  'follow: 416 InvalidRange': [() => prepared(appended, (target) => follow(target, { position: '4' }))],
  'convert: 400 InvalidArgument': [
    ...[
      { type: 'symlink' },
      { type: '' },
      { versionId: 'null' },
      { position: '0' },
      { wait: '1' },
      { convert: 'x' },
    ].map((query) => () => prepared(put, (target) => convert(target, { type: 'appendable', ...query }))),
    () =>
      prepared(
        (target) => put(target, 'x'.repeat(1001)),
        (target) => convert(target, { type: 'appendable' }),
      ),
    () =>
      prepared(
        (target) => put(target, 'abc', { 'x-oss-storage-class': 'ColdArchive' }),
        (target) => convert(target, { type: 'appendable' }),
      ),
  ],
  'convert: 400 MissingArgument': [() => prepared(put, (target) => convert(target, {}))],
  'convert: 400 OperationNotSupported': [
    () => prepared(held, (target) => convert(target, { type: 'appendable' }), 'held'),
    nested,
  ],
  'convert: 403 AccessDenied': [
    () => prepared(put, (target) => send(target, 'POST', { convert: '', type: 'appendable' }, anonymous)),
  ],
  'convert: 403 InvalidObjectState': [() => prepared(ARCHIVED, (target) => convert(target, { type: 'appendable' }))],
  'convert: 404 NoSuchKey': [() => convert(newTarget(), { type: 'normal' })],
  'convert: 409 AppendSealedObjectNotAllowed': [
    () =>
      prepared(
        (target) => appended(target).then(() => seal(target)),
        (target) => convert(target, { type: 'normal' }),
      ),
  ],
  'convert: 409 FileImmutable': [() => prepared(retained, (target) => convert(target, { type: 'normal' }), 'retained')],
  'convert: 409 ObjectNotAppendable': [
    () =>
      prepared(
        (target) => link(target, 'any'),
        (target) => convert(target, { type: 'appendable' }),
      ),
  ],
  'convert: 412 PreconditionFailed': [
    () => prepared(put, (target) => convert(target, { type: 'appendable' }, { 'if-match': '"another"' })),
    () => prepared(put, (target) => convert(target, { type: 'appendable' }, { 'if-none-match': '*' })),
  ],
};

const LINES = [...page.matchAll(/^\| `([^`]+)` \| (\d{3}) `(\w+)` \|/gm)].map(
  ([, extension, status, code]) => `${extension}: ${status} ${code}`,
);

test('the table of refusals has the lines that are provoked here, and each once', () => {
  expect([...LINES].sort()).toEqual(Object.keys(PROVOCATIONS).sort());
});

test.each(LINES)('%s', async (line) => {
  for (const provoke of PROVOCATIONS[line] ?? []) {
    const { status, body } = await provoke();
    expect(`${status} ${/<Code>(\w+)</.exec(body.toString())?.[1]}`).toBe(line.slice(line.indexOf(': ') + 2));
  }
});
