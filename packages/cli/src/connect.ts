/** The connection options that every client command has, and the client they make. */
import { AnnalsError, type Client, createClient } from '@annals/client';
import { type Command, Option } from 'commander';
import { CommandFailure, describeError, EXIT_CODES } from './command-failure.js';

/** Connection options as commander gives them. */
export interface ConnectionOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  readonly addressing?: 'path' | 'virtual-hosted';
}

/** Adds the connection options to a command. */
export function withConnectionOptions(command: Command): Command {
  return command
    .addOption(new Option('--endpoint <url>', 'server to talk to').env('OSS_ENDPOINT').default('http://127.0.0.1:9000'))
    .addOption(new Option('--region <name>', 'region to sign for').env('OSS_REGION').default('cn-hangzhou'))
    .addOption(new Option('--access-key-id <id>', 'access key').env('OSS_ACCESS_KEY_ID'))
    .addOption(
      // Every user who may list processes sees a secret on the command line, so only the environment is offered in
      // help.
      new Option('--access-key-secret <secret>', 'its secret').env('OSS_ACCESS_KEY_SECRET').hideHelp(),
    )
    .addOption(new Option('--security-token <token>').env('OSS_SESSION_TOKEN').hideHelp())
    .addOption(
      new Option('--addressing <style>', 'where the bucket stands in URLs (default: by the kind of endpoint)').choices([
        'path',
        'virtual-hosted',
      ]),
    );
}

/**
 * Makes the client that the options describe; nothing is sent yet.
 * @throws {CommandFailure} Exit code 2 when something is missing or cannot be used.
 */
export function connect(options: ConnectionOptions): Client {
  const { accessKeyId, accessKeySecret } = options;
  if (accessKeyId === undefined || accessKeySecret === undefined) {
    throw new CommandFailure(
      'Cannot sign requests: OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET are not both set; "annals serve" shows a pair at its first start',
      { exitCode: EXIT_CODES.usage },
    );
  }
  try {
    return createClient({ ...options, accessKeyId, accessKeySecret });
  } catch (error) {
    if (!(error instanceof AnnalsError)) throw error;
    throw new CommandFailure(describeError(error), { exitCode: EXIT_CODES.usage, cause: error });
  }
}
