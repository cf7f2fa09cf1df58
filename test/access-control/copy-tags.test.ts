/**
 * What it takes to copy an object's tags, over a real server process: a copy must not tell what its maker may not read.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, type AccountRequest, allow, type Keys, outcomeOf, policy } from './account.js';

const BUCKET = 'examplebucket';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET] });
  account = new Account(server);
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

async function outcome(request: AccountRequest, keys?: Keys): Promise<string> {
  return outcomeOf(await account.send(request, keys));
}

describe('a copy takes tags along', () => {
  const SOURCE = `acs:oss:*:*:${BUCKET}/tagged/source`;
  const TARGET = `acs:oss:*:*:${BUCKET}/tagged/copies/*`;
  const copying = [allow('oss:GetObject', SOURCE), allow('oss:PutObject', TARGET)];
  const copy = (key: string, headers: Record<string, string> = {}, source = 'tagged/source'): AccountRequest => ({
    method: 'PUT',
    bucket: BUCKET,
    key: `tagged/copies/${key}`,
    headers: { 'x-oss-copy-source': `/${BUCKET}/${source}`, ...headers },
  });
  const tagCount = async (key: string) =>
    (await account.send({ method: 'HEAD', bucket: BUCKET, key: `tagged/copies/${key}` }, account.root)).headers[
      'x-oss-tagging-count'
    ];

  beforeAll(async () => {
    const headers = { 'x-oss-tagging': 'a=1&b=2' };
    await account.send({ method: 'PUT', bucket: BUCKET, key: 'tagged/source', body: 'x', headers }, account.root);
    await account.send({ method: 'PUT', bucket: BUCKET, key: 'tagged/plain', body: 'x' }, account.root);
  });

  it('only for a caller that may read them there and write them here', async () => {
    const missing = [
      ['reads-no-tags', ['oss:PutObjectTagging'], TARGET, 'oss:GetObjectTagging'],
      ['writes-no-tags', ['oss:GetObjectTagging'], SOURCE, 'oss:PutObjectTagging'],
      // Rights in the wrong place are none.
      ['wrong-way-round', ['oss:GetObjectTagging'], TARGET, 'oss:GetObjectTagging'],
    ] as const;
    for (const [name, actions, resource, lacking] of missing) {
      const keys = await account.makeUser(name, [...copying, allow([...actions], resource)]);
      const answer = await account.send(copy(name), keys);
      expect([name, outcomeOf(answer)]).toEqual([name, '403 AccessDenied']);
      expect(answer.body.toString()).toContain(`<AuthAction>${lacking}</AuthAction>`);
      expect(await outcome({ method: 'HEAD', bucket: BUCKET, key: `tagged/copies/${name}` }, account.root)).toBe(
        '404 NoSuchKey',
      );
    }
    const keys = await account.makeUser('copies-tags', [
      ...copying,
      allow('oss:GetObjectTagging', SOURCE),
      allow('oss:PutObjectTagging', TARGET),
    ]);
    expect(await outcome(copy('all'), keys)).toBe('200');
    expect(await tagCount('all')).toBe('2');
  });

  it('unless there are none, or the request has its own', async () => {
    const keys = await account.makeUser('copies-no-tags', [
      ...copying,
      allow('oss:GetObject', `acs:oss:*:*:${BUCKET}/tagged/plain`),
    ]);
    expect(await outcome(copy('plain', {}, 'tagged/plain'), keys)).toBe('200');
    expect(await outcome(copy('replaced', { 'x-oss-tagging-directive': 'Replace' }), keys)).toBe('200');
    expect(await tagCount('replaced')).toBeUndefined();
    const ownTags = { 'x-oss-tagging-directive': 'Replace', 'x-oss-tagging': 'c=3' };
    expect(await outcome(copy('own', ownTags), keys)).toBe('403 AccessDenied');
    await account.change('PUT', 'policies/copies-no-tags', {
      document: policy([...copying, allow('oss:PutObjectTagging', TARGET)]),
    });
    expect(await outcome(copy('own', ownTags), keys)).toBe('200');
    expect(await tagCount('own')).toBe('1');
  });

  it('of a version with the right to its tags, and in place with none', async () => {
    await account.send({ method: 'PUT', bucket: 'copied-versions' }, account.root);
    const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    await account.send({ method: 'PUT', bucket: 'copied-versions', query: { versioning: '' }, body }, account.root);
    const put = { method: 'PUT', bucket: 'copied-versions', key: 'k', body: 'x', headers: { 'x-oss-tagging': 'a=1' } };
    const versionId = (await account.send(put, account.root)).headers['x-oss-version-id'] ?? '';
    const source = 'acs:oss:*:*:copied-versions/*';
    const rights = [allow(['oss:GetObjectVersion', 'oss:GetObjectTagging'], source), allow('oss:Put*', TARGET)];
    const keys = await account.makeUser('copies-versions', rights);
    const headers = { 'x-oss-copy-source': `/copied-versions/k?versionId=${versionId}` };
    const answer = await account.send(copy('version', headers), keys);
    expect(answer.body.toString()).toContain('<AuthAction>oss:GetObjectVersionTagging</AuthAction>');
    await account.change('PUT', 'policies/copies-versions', {
      document: policy([...rights, allow('oss:GetObjectVersionTagging', source)]),
    });
    expect(await outcome(copy('version', headers), keys)).toBe('200');
    expect(await tagCount('version')).toBe('1');
    const inPlace = await account.makeUser('copies-in-place', [allow(['oss:GetObject', 'oss:PutObject'], TARGET)]);
    const again = { 'x-oss-metadata-directive': 'REPLACE', 'x-oss-meta-a': 'b' };
    expect(await outcome(copy('version', again, 'tagged/copies/version'), inPlace)).toBe('200');
    expect(await tagCount('version')).toBe('1');
  });
});
