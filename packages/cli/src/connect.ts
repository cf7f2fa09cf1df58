/**
 * The connection options that every client command has, and the client they make. A flag wins over its variable, a
 * variable over the profile file; a profile that is named by `--profile` wins over variables.
 */
import { AnnalsError, type Client, createClient } from '@annals/client';
import { type Command, Help, Option } from 'commander';
import { CommandFailure, describeError, EXIT_CODES } from './command-failure.js';
import { findProfile } from './profile/profile-file.js';

/** Connection options as commands see them: flags, variables and profile are one. */
export interface ConnectionOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  readonly addressing?: 'path' | 'virtual-hosted';
}

const ADDRESSINGS = ['path', 'virtual-hosted'] as const;

/** Heading of these options in the help, below a command's own. */
const GROUP = 'Connection:';

/** Adds the connection options to a command. */
export function withConnectionOptions(command: Command): Command {
  const options = [
    new Option('--endpoint <url>', 'server to talk to').env('OSS_ENDPOINT').default('http://127.0.0.1:9000'),
    new Option('--region <name>', 'region to sign for').env('OSS_REGION').default('cn-hangzhou'),
    new Option('--access-key-id <id>', 'access key').env('OSS_ACCESS_KEY_ID'),
    // Every user who may list processes sees a secret on the command line, so only the environment is offered in help.
    new Option('--access-key-secret <secret>', 'its secret').env('OSS_ACCESS_KEY_SECRET').hideHelp(),
    new Option('--security-token <token>').env('OSS_SESSION_TOKEN').hideHelp(),
    new Option('--profile <name>', 'section of the profile file ("annals config" writes it)').env('ANNALS_PROFILE'),
    new Option('--addressing <style>', 'where the bucket stands in URLs (default: by the kind of endpoint)').choices(
      ADDRESSINGS,
    ),
  ];
  for (const option of options) command.addOption(option.helpGroup(GROUP));
  return command
    .configureHelp({ groupItems: connectionLast })
    .hook('preAction', (_, acting) => fillFromProfile(acting));
}

/** The groups of a help, with that of the connection behind the others. */
function connectionLast<Item extends Command | Option>(
  unsortedItems: Item[],
  visibleItems: Item[],
  getGroup: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Help().groupItems(unsortedItems, visibleItems, getGroup);
  const connection = groups.get(GROUP);
  if (connection === undefined) return groups;
  groups.delete(GROUP);
  return groups.set(GROUP, connection);
}

/** Where a value came from, as far as it matters here. */
function isGiven(command: Command, name: string, isProfileNamed: boolean): boolean {
  const source = command.getOptionValueSource(name);
  return source === 'cli' || (source === 'env' && !isProfileNamed);
}

/** Gives a command what its profile says and nothing stronger does. */
function fillFromProfile(command: Command): void {
  const { profile: name } = command.opts<{ profile?: string }>();
  const isProfileNamed = command.getOptionValueSource('profile') === 'cli';
  const given = (option: string): boolean => isGiven(command, option, isProfileNamed);
  const hasKeys = given('accessKeyId') || given('accessKeySecret');
  const found = hasKeys && name === undefined && given('endpoint') ? undefined : findProfile(name);
  const set = (option: string, value: string | undefined): void => {
    command.setOptionValueWithSource(option, value, 'config');
  };
  if (found !== undefined) {
    const { endpoint, region, addressing, accessKeyId, accessKeySecret, securityToken } = found.profile;
    if (endpoint !== undefined && !given('endpoint')) set('endpoint', endpoint);
    if (region !== undefined && !given('region')) set('region', region);
    if (addressing !== undefined && !given('addressing')) set('addressing', checkAddressing(addressing, found.path));
    // Keys belong together: half a pair of one place and half of another sign nothing.
    if (accessKeyId !== undefined && accessKeySecret !== undefined && !hasKeys) {
      set('accessKeyId', accessKeyId);
      set('accessKeySecret', accessKeySecret);
      set('securityToken', securityToken);
    }
  }
  const { endpoint } = command.opts<ConnectionOptions>();
  command.setOptionValueWithSource(
    'endpoint',
    withScheme(endpoint),
    command.getOptionValueSource('endpoint') ?? 'default',
  );
}

function checkAddressing(text: string, path: string): string {
  const addressing = ADDRESSINGS.find((each) => each === text);
  if (addressing !== undefined) return addressing;
  throw new CommandFailure(`Cannot use the addressing "${text}" of ${path}: expected ${ADDRESSINGS.join(' or ')}`, {
    exitCode: EXIT_CODES.usage,
  });
}

/** Completes an endpoint without a scheme: plain HTTP for this machine and for IP addresses, HTTPS for all others. */
function withScheme(endpoint: string): string {
  if (endpoint.includes('://')) return endpoint;
  return /^(localhost|[0-9]+(\.[0-9]+){3}|\[[0-9a-fA-F:.]+\])(:[0-9]+)?\/?$/.test(endpoint)
    ? `http://${endpoint}`
    : `https://${endpoint}`;
}

/**
 * Makes the client that the options describe; nothing is sent yet.
 * @throws {CommandFailure} Exit code 2 when something is missing or cannot be used.
 */
export function connect(options: ConnectionOptions): Client {
  const { accessKeyId, accessKeySecret } = options;
  if (accessKeyId === undefined || accessKeySecret === undefined) {
    throw new CommandFailure(
      'Cannot sign requests: OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET are not both set, and no profile has a pair; "annals serve" says where its pair is, "annals config" keeps one',
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
