/**
 * Credentials of a profile file: that of ossutil (`[Credentials]`) and any other INI file with a section for each
 * profile. Leaves out everything else such files configure.
 */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '@annals/protocol';
import type { CredentialProvider } from '../credentials/credential-provider.js';
import { AnnalsError } from '../error.js';
import { readProfileSections } from './profile-sections.js';

/** Which file, and which section of it. */
export interface ProfileOptions {
  /** Default `~/.ossutilconfig`. */
  readonly path?: string;
  /** Name of the section. Default: `default`, or else `Credentials`. */
  readonly profile?: string;
}

const FILE_NAME = '.ossutilconfig';

/** What files call the three values. */
const ID_NAMES = ['accesskeyid', 'access_key_id'];
const SECRET_NAMES = ['accesskeysecret', 'access_key_secret'];
const TOKEN_NAMES = ['ststoken', 'sts_token', 'security_token', 'session_token'];

/**
 * A provider that reads a profile file, and reads it again once it has changed. Fails with `CredentialsMissing` where
 * the file or the profile has no key pair.
 */
export function profileCredentials(options: ProfileOptions = {}): CredentialProvider {
  const { path = join(homedir(), FILE_NAME), profile } = options;
  let known: { readonly changedAtMs: number; readonly credentials: Credentials } | undefined;
  return async (refused) => {
    const { mtimeMs: changedAtMs } = await stat(path);
    if (known === undefined || refused !== undefined || known.changedAtMs !== changedAtMs) {
      known = { changedAtMs, credentials: readProfile(await readFile(path, 'utf8'), path, profile) };
    }
    return known.credentials;
  };
}

function readProfile(text: string, path: string, profile: string | undefined): Credentials {
  const sections = readProfileSections(text);
  const names = profile === undefined ? ['default', 'credentials', 'profile default'] : [profile.toLowerCase()];
  const section = names
    .flatMap((name) => sections.get(name) ?? sections.get(`profile ${name}`) ?? [])
    .find((values) => firstOf(values, ID_NAMES) !== undefined);
  const accessKeyId = section === undefined ? undefined : firstOf(section, ID_NAMES);
  const accessKeySecret = section === undefined ? undefined : firstOf(section, SECRET_NAMES);
  if (section === undefined || accessKeyId === undefined || accessKeySecret === undefined) {
    throw new AnnalsError(
      'CredentialsMissing',
      `Cannot sign: the file "${path}" has no access key in its profile "${profile ?? 'default'}"`,
      { outcome: 'not-applied' },
    );
  }
  const securityToken = firstOf(section, TOKEN_NAMES);
  return { accessKeyId, accessKeySecret, ...(securityToken !== undefined && { securityToken }) };
}

function firstOf(values: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = values.get(name);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}
