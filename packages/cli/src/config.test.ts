/** Where the configuration of client commands comes from: flags, variables, profile files of ours and of ossutil. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../test/harness/temporary-folder.js';
import { type Ended, startAnnals } from './testing/annals-process.js';

const SECRET = 'a-secret-of-no-value';

function runIn(folder: string, words: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const { child, ended } = startAnnals(words, { folder, environment });
  child.stdin.end(`${SECRET}\n`);
  return ended;
}

/** What `annals config show` says, by name. */
async function shown(
  folder: string,
  words: readonly string[] = [],
  environment: Record<string, string> = {},
): Promise<Record<string, string>> {
  const { output } = await runIn(folder, ['config', 'show', ...words], environment);
  const lines = output.trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], line.replace(/^\S+ +/, '')]));
}

describe('annals config', () => {
  it('keeps values in a file that only its owner can read, and leaves other lines as they are', async () => {
    const folder = makeTemporaryFolder();
    const path = join(folder, '.config', 'annals', 'config');
    mkdirSync(join(folder, '.config', 'annals'), { recursive: true });
    writeFileSync(path, '# mine\n[cloud]\nregion = cn-beijing\n');
    const set = await runIn(folder, [
      'config',
      'set',
      'endpoint=10.0.0.1:9000',
      'access_key_id=id',
      'access_key_secret=-',
    ]);
    expect(set).toEqual({ code: 0, output: '', errors: '' });
    await runIn(folder, ['config', 'set', '--profile', 'cloud', 'region=cn-hangzhou', 'addressing=path']);
    expect(readFileSync(path, 'utf8')).toBe(
      `# mine\n[cloud]\nregion = cn-hangzhou\naddressing = path\n\n[default]\nendpoint = 10.0.0.1:9000\naccess_key_id = id\naccess_key_secret = ${SECRET}\n`,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await shown(folder)).toEqual({
      endpoint: 'http://10.0.0.1:9000  (profile file)',
      region: 'cn-hangzhou  (default)',
      access_key_id: 'id  (profile file)',
      access_key_secret: '(set)  (profile file)',
    });
    expect(await shown(folder, ['--profile', 'cloud'])).toMatchObject({
      endpoint: 'https://oss-cn-hangzhou.aliyuncs.com  (profile file)',
      addressing: 'path  (profile file)',
    });
  });

  it('lets flags win over variables, variables over the file, and a named profile over variables', async () => {
    const folder = makeTemporaryFolder();
    await runIn(folder, [
      'config',
      'set',
      'endpoint=https://file.test',
      'access_key_id=of-file',
      'access_key_secret=-',
    ]);
    const environment = { OSS_ENDPOINT: 'variable.test', OSS_ACCESS_KEY_ID: 'of-variable', OSS_ACCESS_KEY_SECRET: 'x' };
    expect(await shown(folder, [], environment)).toMatchObject({
      endpoint: 'https://variable.test  (environment)',
      access_key_id: 'of-variable  (environment)',
    });
    expect(await shown(folder, ['--endpoint', 'localhost:1'], environment)).toMatchObject({
      endpoint: 'http://localhost:1  (flag)',
    });
    expect(await shown(folder, ['--profile', 'default'], environment)).toMatchObject({
      endpoint: 'https://file.test  (profile file)',
      access_key_id: 'of-file  (profile file)',
    });
  });

  it.each([
    ['1', '[Credentials]\nlanguage=EN\nendpoint=oss-cn-beijing.aliyuncs.com\naccessKeyID=old\naccessKeySecret=s\n'],
    ['2', '[default]\naccessKeyID = new\naccessKeySecret = s\nregion = cn-beijing\n'],
  ])('reads the file of ossutil %s', async (_, text) => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder, '.ossutilconfig'), text);
    expect(await shown(folder)).toMatchObject({
      endpoint: 'https://oss-cn-beijing.aliyuncs.com  (profile file)',
      access_key_id: expect.stringMatching(/^(old|new) {2}\(profile file\)$/),
    });
  });

  it('says which profiles there are, and which names can be set, without showing a secret', async () => {
    const folder = makeTemporaryFolder();
    await runIn(folder, ['config', 'set', 'region=cn-hangzhou']);
    const missing = await runIn(folder, ['ls', '--profile', 'cluod']);
    expect(missing.code).toBe(2);
    expect(missing.errors).toMatch(/^annals: Cannot use the profile "cluod": there are default in .*config and /);
    const wrong = await runIn(folder, ['config', 'set', `secret=${SECRET}`]);
    expect(wrong.code).toBe(2);
    expect(wrong.errors).toMatch(/^annals: Cannot set "secret": expected NAME=VALUE with one of endpoint, region, /);
    expect(wrong.errors).not.toContain(SECRET);
    expect(await runIn(folder, ['config'])).toMatchObject({ code: 2, errors: expect.stringContaining('Cannot ask') });
  });
});
