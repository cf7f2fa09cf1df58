/** `annals fsck` as an operator runs it: on the folder of a real server that was stopped. */
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournaledLmdbKeyValueStore } from '@annals/store';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { filesBelow } from '../../../../test/harness/files-below.js';
import { type AnnalsProcess, type Ended, readyUrl, runAnnals, startAnnals } from '../testing/annals-process.js';

const KEYS = { ANNALS_ROOT_ACCESS_KEY_ID: 'root-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'root-secret' };
let folder: string;
let data: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-fsck-'));
  data = join(folder, 'data');
  const server = serve();
  const url = await readyUrl(server);
  await writeFile(join(folder, 'long'), Buffer.alloc(600_000, 'a line of text\n'));
  for (const [file, key] of [
    ['long', 'dir/long'],
    ['long', 'other'],
  ]) {
    const { code, errors } = await annals(['append', file as string, `oss://logs/${key}`], {
      OSS_ENDPOINT: url,
      OSS_REGION: 'cn-hangzhou',
      OSS_ACCESS_KEY_ID: 'root-id',
      OSS_ACCESS_KEY_SECRET: 'root-secret',
    });
    expect(code, errors).toBe(0);
  }
  expect((await annals(['fsck', data])).code).toBe(2);
  server.child.kill('SIGTERM');
  await server.ended;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function serve(buckets: readonly string[] = ['logs']): AnnalsProcess {
  const words = ['serve', '--data', data, '--port', '0', ...buckets.flatMap((name) => ['--bucket', name])];
  return startAnnals(words, { folder, environment: KEYS });
}

function annals(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runAnnals(words, { folder, environment });
}

/** Runs with `--json`. @returns What every line says. */
async function fsck(...words: readonly string[]): Promise<{ code: number | null; lines: Record<string, unknown>[] }> {
  const { code, output, errors } = await annals(['fsck', '--json', ...words, data]);
  expect(errors).toBe('');
  return {
    code,
    lines: output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
  };
}

test('nothing is wrong: 0, in words and as JSON', async () => {
  const { code, output } = await startAnnals(['fsck', data], { folder, environment: {} }).ended;
  expect([code, output]).toEqual([
    0,
    expect.stringMatching(/^Nothing is wrong; 0 notes; \d+ rows and \d+ bytes checked\n$/),
  ]);
  expect(await fsck()).toEqual({
    code: 0,
    lines: [{ summary: expect.objectContaining({ isClean: true, damageCount: 0 }) }],
  });
});

test('what is damaged is named: 1', async () => {
  const [path = ''] = await filesBelow(join(data, 'blobs'));
  const bytes = await readFile(path);
  const changed = Buffer.from(bytes);
  changed[300_000] = (changed[300_000] as number) ^ 4;
  await writeFile(path, changed);
  const { code, lines } = await fsck();
  expect(code).toBe(1);
  expect(lines).toContainEqual({
    finding: expect.objectContaining({
      kind: 'object-damaged',
      bucket: 'logs',
      range: { start: 262_144, end: 524_288 },
    }),
  });
  await writeFile(path, bytes);
  expect((await fsck()).code).toBe(0);
});

test('a wrong counter is repaired, and the repair taken back', async () => {
  const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(data, 'metadata') });
  await keyValues.commit({ puts: [{ key: Buffer.from('Clogs\0objects'), value: Buffer.alloc(8) }] });
  await keyValues.close();
  expect((await fsck()).code).toBe(1);
  const repaired = await fsck('--repair');
  expect(repaired.code).toBe(0);
  expect(repaired.lines).toContainEqual({ repaired: 'set the counter "objects" of "logs" to 2' });
  const undoFile = repaired.lines.find(({ undoFile }) => undoFile !== undefined)?.undoFile as string;
  expect(undoFile.startsWith(data)).toBe(true);
  expect((await fsck()).code).toBe(0);
  expect((await fsck('--undo', undoFile)).code).toBe(0);
  expect((await fsck()).code).toBe(1);
  // What was taken back is not as it was after the repair any more.
  const again = await fsck('--undo', undoFile);
  expect([again.code, again.lines]).toEqual([1, [{ skipped: expect.stringContaining('take back') }]]);
  expect((await fsck('--repair')).code).toBe(0);
});

test('rows whose checksum is right and that do not say what they should are named, each with its place', async () => {
  const store = () => openJournaledLmdbKeyValueStore({ directory: join(data, 'metadata') });
  const rows = {
    Auhit: '{"name":"hit","uid":7}',
    Apread: '{"name":"read","description":"","document":"{}","createdAtMs":1,"updatedAtMs":1}',
    SlifecycleRun: '{"startedAtMs":1,"bucket":7}',
    SpublicAccessBlock: '"yes"',
  };
  let keyValues = await store();
  const bucket = await keyValues.get(Buffer.from('Blogs'));
  const { configurations, ...rest } = JSON.parse(Buffer.from(bucket?.value ?? []).toString('utf8'));
  const hit = { ...rest, configurations: { ...configurations, cors: { rules: [{ allowedOrigins: '*' }] } } };
  const puts = Object.entries({ ...rows, Blogs: JSON.stringify(hit) });
  await keyValues.commit({ puts: puts.map(([key, text]) => ({ key: Buffer.from(key), value: Buffer.from(text) })) });
  await keyValues.close();
  const { code, lines } = await fsck();
  expect(code).toBe(1);
  const found = lines.flatMap(({ finding }) =>
    finding === undefined ? [] : [(finding as { message: string }).message],
  );
  expect(found.sort()).toEqual([
    expect.stringContaining('The row "Apread" does not say what it should: the document of policy read is not valid'),
    expect.stringMatching(/^The row "Auhit" .*\.uid is no text$/),
    expect.stringMatching(/^The row "Blogs" .*configuration cors .*\.rules\[0\]\.allowedOrigins is no list$/),
    expect.stringMatching(/^The row "SlifecycleRun" .*\.bucket is no text$/),
    expect.stringMatching(/^The row "SpublicAccessBlock" .* is neither true nor false$/),
  ]);
  keyValues = await store();
  await keyValues.commit({
    puts: [{ key: Buffer.from('Blogs'), value: bucket?.value ?? new Uint8Array() }],
    deletes: Object.keys(rows).map((key) => Buffer.from(key)),
  });
  await keyValues.close();
  expect((await fsck()).code).toBe(0);
});

test('a damaged file of keys is named, and its secret is not', async () => {
  await writeFile(join(data, 'root-access-key.json'), '{"accessKeyId":"a","accessKeySecret":"very secret", }');
  const { code, output } = await annals(['fsck', data]);
  expect(code).toBe(1);
  expect(output).toContain('damage: Cannot use the root key pair');
  expect(output).not.toContain('very secret');
  await rm(join(data, 'root-access-key.json'));
});

test.each([
  ['a folder that is not there', ['fsck', 'nowhere'], 'it is no data folder of a server'],
  ['no folder', ['fsck'], 'name a data folder, or a configuration with --config'],
  ['an undo file that is not there', ['fsck', '--undo', 'nowhere', '.'], 'Cannot read the undo file'],
  [
    'an undo file that is something else',
    ['fsck', '--undo', 'long', '.'],
    'expected the lines that "annals fsck --repair" wrote',
  ],
  ['a hash that is none', ['fsck', '--audit-since', 'abc', '.'], 'expected 64 hex digits'],
  ['to compact and to undo', ['fsck', '--undo', 'long', '--compact', '.'], 'expected one of --compact and --undo'],
  ['to repair and to undo', ['fsck', '--undo', 'long', '--repair', '.'], 'expected one of --repair and --undo'],
])('%s: 2', async (_, words, message) => {
  const namesBefore = await readdir(folder);
  const { code, errors } = await annals(words);
  expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
  expect(await readdir(folder)).toEqual(namesBefore);
});

test('a row that was changed in the file of rows is named, and with --repair all others are in a new file', async () => {
  const path = join(data, 'metadata', 'data.mdb');
  const bytes = await readFile(path);
  const digits = Buffer.from('"length":600000');
  let count = 0;
  for (let at = bytes.indexOf(digits); at >= 0; at = bytes.indexOf(digits, at + 1)) {
    bytes[at + digits.length - 1] = 0x31;
    count += 1;
  }
  expect(count).toBeGreaterThan(0);
  await writeFile(path, bytes);
  const named = await annals(['fsck', data]);
  expect([named.code, named.output]).toEqual([1, expect.stringContaining('its checksum is wrong')]);
  const repaired = await annals(['fsck', '--repair', data]);
  expect([repaired.code, repaired.output]).toEqual([1, expect.stringContaining('rows are in a new file')]);
  expect(Buffer.compare(await readFile(`${path}.damaged-1`), bytes)).toBe(0);
  const { output } = await annals(['fsck', data]);
  expect(output).not.toContain('its checksum is wrong');
});

test('a changed record of the audit log is named', async () => {
  const [name = ''] = (await readdir(join(data, 'audit'))).sort();
  const path = join(data, 'audit', name);
  const before = await readFile(path, 'utf8');
  expect(before).toContain('"action"');
  await writeFile(path, before.replace('"action":"', '"action":"x'));
  const { code, output } = await annals(['fsck', data]);
  expect([code, output]).toEqual([1, expect.stringContaining('The audit log is not as it was written: ')]);
  await writeFile(path, before);
});

describe('the file of rows', () => {
  const path = (): string => join(data, 'metadata', 'data.mdb');
  let whole: Map<string, Buffer>;

  beforeAll(async () => {
    await rm(data, { recursive: true });
    // Rows enough for a tree of several pages.
    const server = serve(Array.from({ length: 150 }, (_, index) => `logs-${index}`));
    await readyUrl(server);
    server.child.kill('SIGTERM');
    await server.ended;
    whole = new Map();
    for (const name of ['data.mdb', 'journal-0', 'journal-1'])
      whole.set(name, await readFile(join(data, 'metadata', name)));
  });

  beforeEach(async () => {
    for (const [name, bytes] of whole) await writeFile(join(data, 'metadata', name), bytes);
  });

  test('is made shorter where nothing is wrong', async () => {
    await truncate(path(), (whole.get('data.mdb') as Buffer).length + 1_000_000);
    const { code, lines } = await fsck('--compact');
    expect(code).toBe(0);
    expect(lines.at(-1)).toEqual({ compacted: 'rows', lengthBytes: (await stat(path())).size });
    expect((await stat(path())).size).toBeLessThan((whole.get('data.mdb') as Buffer).length + 1_000_000);
    expect((await fsck()).code).toBe(0);
  });

  test('without a whole head is named, and with --repair its rows are in a new file', async () => {
    const bytes = Buffer.from(whole.get('data.mdb') as Buffer);
    for (let page = 0; page < 4; page += 1) bytes[page * 4096 + 20] = (bytes[page * 4096 + 20] as number) ^ 1;
    await writeFile(path(), bytes);
    const named = await annals(['fsck', data]);
    expect([named.code, named.output]).toEqual([1, expect.stringContaining('damage: it has no whole head')]);
    expect(named.errors).toContain('"annals fsck --repair" saves what can be proven');
    expect((await annals(['fsck', '--repair', data])).code).toBe(1);
    const again = await annals(['fsck', data]);
    expect([again.code, again.output]).toEqual([0, expect.stringContaining('Nothing is wrong')]);
  });

  test('that was cut is named, and with --repair what lies before is in a new file', async () => {
    await truncate(path(), 9 * 4096);
    const named = await annals(['fsck', data]);
    expect([named.code, named.output]).toEqual([1, expect.stringContaining('its end is missing')]);
    const repaired = await annals(['fsck', '--repair', data]);
    expect([repaired.code, repaired.output]).toEqual([1, expect.stringContaining('rows are in a new file')]);
    const again = await annals(['fsck', data]);
    expect(again.output).not.toContain('its end is missing');
  });

  test('with nothing left to prove it by is said to be lost', async () => {
    const bytes = Buffer.from(whole.get('data.mdb') as Buffer);
    bytes.fill(0, 0, 4 * 4096);
    await writeFile(path(), bytes);
    const { code, output } = await annals(['fsck', '--repair', data]);
    expect([code, output]).toEqual([1, expect.stringContaining('Restore them from a backup')]);
    expect(Buffer.compare(await readFile(path()), bytes)).toBe(0);
  });
});
