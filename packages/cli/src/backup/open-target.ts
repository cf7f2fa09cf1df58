/**
 * Opens the target that a command names. Credentials come from the environment only, and the command never prints them.
 */
import { createClient } from '@annals/client';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import type { BackupTarget } from './backup-target.js';
import { FolderTarget } from './folder-target.js';
import { OssTarget } from './oss-target.js';
import { openS3Target } from './s3-target.js';

/** Where a target's own service is; apart from those of the server that is backed up. */
export interface TargetOptions {
  readonly targetEndpoint?: string;
  readonly targetRegion?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param place A folder, `oss://BUCKET/PREFIX` or `s3://BUCKET/PREFIX`.
 * @throws {CommandFailure} Exit code 2: something is missing.
 */
export async function openTarget(
  place: string,
  options: TargetOptions,
  environment: Environment = process.env,
): Promise<BackupTarget> {
  const [, scheme, bucket = '', key = ''] = /^(oss|s3):\/\/([^/]+)(?:\/(.*))?$/.exec(place) ?? [];
  if (scheme === undefined) {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) {
      throw unusable(`Cannot use "${place}": expected a folder, oss://BUCKET/PREFIX or s3://BUCKET/PREFIX`);
    }
    return new FolderTarget(place);
  }
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  if (scheme === 'oss') {
    const [accessKeyId, accessKeySecret] = pair(
      environment,
      ['ANNALS_TARGET_ACCESS_KEY_ID', 'ANNALS_TARGET_ACCESS_KEY_SECRET'],
      ['OSS_ACCESS_KEY_ID', 'OSS_ACCESS_KEY_SECRET'],
    );
    const client = createClient({
      endpoint: options.targetEndpoint ?? environment.OSS_ENDPOINT ?? 'http://127.0.0.1:9000',
      region: options.targetRegion ?? environment.OSS_REGION ?? 'cn-hangzhou',
      accessKeyId,
      accessKeySecret,
    });
    return new OssTarget({ client, bucket, prefix });
  }
  const [accessKeyId, secretAccessKey] = pair(
    environment,
    ['ANNALS_TARGET_ACCESS_KEY_ID', 'ANNALS_TARGET_ACCESS_KEY_SECRET'],
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  );
  const region = options.targetRegion ?? environment.AWS_REGION ?? 'us-east-1';
  const sessionToken = environment.AWS_SESSION_TOKEN;
  return openS3Target({
    endpoint: options.targetEndpoint ?? environment.AWS_ENDPOINT_URL ?? `https://s3.${region}.amazonaws.com`,
    region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    bucket,
    prefix,
  });
}

function pair(environment: Environment, ...names: readonly (readonly [string, string])[]): readonly [string, string] {
  for (const [idName, secretName] of names) {
    const [id, secret] = [environment[idName], environment[secretName]];
    if (id !== undefined && secret !== undefined) return [id, secret];
  }
  const choices = names.map(([id, secret]) => `${id} and ${secret}`).join(', or ');
  throw unusable(`Cannot sign requests to the target: set ${choices}`);
}

function unusable(message: string): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT_CODES.usage });
}
