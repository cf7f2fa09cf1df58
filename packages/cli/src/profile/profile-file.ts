/**
 * Profile files: where they are and what they say about a connection. Ours is an INI file with a section for each
 * profile; that of ossutil is read where there is none. Leaves out flags and variables (`../connect.ts`).
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readProfileSections } from '@annals/client/node';
import { CommandFailure, describeError, EXIT_CODES, systemErrorCode } from '../command-failure.js';

/** The settings of a connection that a profile may hold, each as it is written. */
export interface Profile {
  readonly endpoint?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  readonly addressing?: string;
}

/** A profile, and where it stands. */
export interface FoundProfile {
  readonly path: string;
  readonly section: string;
  readonly profile: Profile;
}

/** What files call the settings: our own name first, then those of ossutil and of other tools; in lower case. */
const NAMES: Readonly<Record<keyof Profile, readonly string[]>> = {
  endpoint: ['endpoint'],
  region: ['region'],
  accessKeyId: ['access_key_id', 'accesskeyid'],
  accessKeySecret: ['access_key_secret', 'accesskeysecret'],
  securityToken: ['security_token', 'ststoken', 'sts_token', 'session_token'],
  addressing: ['addressing'],
};

/** The name that our own file uses for a setting. */
export function profileName(setting: keyof Profile): string {
  return NAMES[setting][0] ?? setting;
}

/** Where our own file is: `ANNALS_CONFIG_FILE`, or `annals/config` in the user's folder of configurations. */
export function profilePath(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.ANNALS_CONFIG_FILE) return environment.ANNALS_CONFIG_FILE;
  return join(environment.XDG_CONFIG_HOME || join(homeFolder(environment), '.config'), 'annals', 'config');
}

/** Where the file of ossutil is: `OSSUTIL_CONFIG_FILE`, or `~/.ossutilconfig`. */
function ossutilPath(environment: NodeJS.ProcessEnv): string {
  return environment.OSSUTIL_CONFIG_FILE || join(homeFolder(environment), '.ossutilconfig');
}

function homeFolder(environment: NodeJS.ProcessEnv): string {
  return environment.HOME || homedir();
}

/**
 * Finds a profile: in our own file, else in that of ossutil.
 * @param name `undefined`: `default`, or `Credentials` as older ossutils call it; then it may be missing.
 * @throws {CommandFailure} Exit code 2 when a file cannot be read, or the named profile is in none.
 */
export function findProfile(
  name: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): FoundProfile | undefined {
  const known: string[] = [];
  const paths = [profilePath(environment), ossutilPath(environment)];
  for (const path of paths) {
    const sections = readProfileSections(readText(path) ?? '');
    const wanted = name === undefined ? ['default', 'credentials'] : [name.toLowerCase()];
    for (const section of wanted.flatMap((each) => [each, `profile ${each}`])) {
      const values = sections.get(section);
      if (values !== undefined && values.size > 0) return { path, section, profile: readValues(values) };
    }
    known.push(...sections.keys());
  }
  if (name === undefined) return undefined;
  const names = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`;
  throw new CommandFailure(`Cannot use the profile "${name}": ${names} in ${paths.join(' and ')}`, {
    exitCode: EXIT_CODES.usage,
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new CommandFailure(`Cannot read the profile file ${path}: ${describeError(error)}`, {
      exitCode: EXIT_CODES.usage,
      cause: error,
    });
  }
}

function readValues(values: ReadonlyMap<string, string>): Profile {
  const pick = (setting: keyof Profile): Profile => {
    const value = NAMES[setting].map((name) => values.get(name)).find((each) => each !== undefined && each !== '');
    return value === undefined ? {} : { [setting]: value };
  };
  const profile: Profile = {
    ...pick('endpoint'),
    ...pick('region'),
    ...pick('accessKeyId'),
    ...pick('accessKeySecret'),
    ...pick('securityToken'),
    ...pick('addressing'),
  };
  // ossutil 2 derives the endpoint of the public service from the region.
  if (profile.endpoint !== undefined || profile.region === undefined) return profile;
  return { ...profile, endpoint: `https://oss-${profile.region}.aliyuncs.com` };
}
