/** Credentials of the environment and of profile files. */
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { environmentCredentials } from './environment-credentials.js';
import { profileCredentials } from './profile-credentials.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = makeTemporaryFolder();
  path = join(folder, 'config');
});

describe('environmentCredentials', () => {
  it('reads the variables of OSS, then those of Alibaba Cloud', async () => {
    const environment = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'a', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'b' };
    expect(await environmentCredentials(environment)()).toEqual({ accessKeyId: 'a', accessKeySecret: 'b' });
    const both = { ...environment, OSS_ACCESS_KEY_ID: 'c', OSS_ACCESS_KEY_SECRET: 'd', OSS_SESSION_TOKEN: 'e' };
    expect(await environmentCredentials(both)()).toEqual({
      accessKeyId: 'c',
      accessKeySecret: 'd',
      securityToken: 'e',
    });
  });

  it('says which variables are missing', () => {
    expect(() => environmentCredentials({ OSS_ACCESS_KEY_ID: 'only' })()).toThrow(/neither OSS_ACCESS_KEY_ID with/);
  });
});

describe('profileCredentials', () => {
  it('reads the file of ossutil 1', async () => {
    await writeFile(path, '[Credentials]\nlanguage=EN\naccessKeyID=id\naccessKeySecret = secret=\nstsToken=token\n');
    expect(await profileCredentials({ path })()).toEqual({
      accessKeyId: 'id',
      accessKeySecret: 'secret=',
      securityToken: 'token',
    });
  });

  it('reads a named profile of ossutil 2', async () => {
    await writeFile(
      path,
      '# keys\n[default]\naccessKeyId=one\naccessKeySecret=1\n[profile dev]\r\naccess_key_id=two\r\naccess_key_secret=2\r\n',
    );
    expect(await profileCredentials({ path, profile: 'dev' })()).toEqual({ accessKeyId: 'two', accessKeySecret: '2' });
    expect(await profileCredentials({ path })()).toEqual({ accessKeyId: 'one', accessKeySecret: '1' });
  });

  it('reads a file again once it has changed', async () => {
    await writeFile(path, '[default]\naccessKeyId=one\naccessKeySecret=1\n');
    const provider = profileCredentials({ path });
    expect(await provider()).toMatchObject({ accessKeyId: 'one' });
    await writeFile(path, '[default]\naccessKeyId=two\naccessKeySecret=2\n');
    await utimes(path, 1, 1);
    expect(await provider()).toMatchObject({ accessKeyId: 'two' });
  });

  it('names the file and the profile that has no keys', async () => {
    await writeFile(path, '[default]\naccessKeyId=one\n');
    await expect(Promise.resolve(profileCredentials({ path })())).rejects.toThrow(/"default"/);
  });
});
