/** `annals config`: keeps endpoint and keys in a profile file. Leaves out reading it (`../profile/profile-file.ts`). */
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect.js';
import { type Profile, profileName, profilePath } from '../profile/profile-file.js';
import { writeProfile } from '../profile/write-profile.js';
import { ask } from '../terminal/ask.js';
import { writeOutput } from '../terminal/standard-output.js';

interface ProfileOption {
  readonly profile: string;
}

const SETTINGS = [
  'endpoint',
  'region',
  'accessKeyId',
  'accessKeySecret',
  'securityToken',
  'addressing',
] as const satisfies readonly (keyof Profile)[];

const EXAMPLES = `
Examples:
  annals config
  annals config set endpoint=http://127.0.0.1:9000 access_key_id=AN... access_key_secret=-
  annals config show`;

/** Builds the command. */
export function configCommand(): Command {
  return new Command('config')
    .summary('keep endpoint and keys in a profile file')
    .description('Keeps the endpoint and the keys in a file that only its owner can read.')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      new Command('init')
        .summary('ask for the values (the default)')
        .description('Asks for the endpoint and the keys.')
        .option('--profile <name>', 'section of the file', 'default')
        .addHelpText('after', '\nExample:\n  annals config init --profile cloud')
        .action(askForProfile),
      { isDefault: true },
    )
    .addCommand(
      new Command('set')
        .summary('change values without questions')
        .description('Changes values. A secret is better given as -, and then read from standard input.')
        .argument('<name=value...>', SETTINGS.map(profileName).join(', '))
        .option('--profile <name>', 'section of the file', 'default')
        .option('--json', 'one JSON object: the file and the names that were set')
        .addHelpText('after', '\nExample:\n  annals config set --profile cloud region=cn-hangzhou')
        .action(setValues),
    )
    .addCommand(
      withConnectionOptions(new Command('show'))
        .summary('show what is in force, and where it comes from')
        .description('Shows the connection that client commands would use, without secrets.')
        .option('--json', 'one JSON object')
        .addHelpText('after', '\nExample:\n  annals config show --profile cloud')
        .action(show),
    );
}

async function askForProfile({ profile: section }: ProfileOption): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new CommandFailure('Cannot ask: standard input is no terminal; use "annals config set NAME=VALUE..."', {
      exitCode: EXIT_CODES.usage,
    });
  }
  const endpoint = await ask('Endpoint [http://127.0.0.1:9000]: ');
  const accessKeyId = await ask('Access key id: ');
  const accessKeySecret = await ask('Access key secret (not shown): ', { isHidden: true });
  const region = await ask('Region [cn-hangzhou]: ');
  const path = await writeProfile(section, {
    endpoint: endpoint || 'http://127.0.0.1:9000',
    ...(region !== '' && { region }),
    accessKeyId,
    accessKeySecret,
  });
  process.stderr.write(`Kept in ${path}\n`);
}

async function setValues(
  pairs: readonly string[],
  { profile: section, json }: ProfileOption & { readonly json?: true },
): Promise<void> {
  const values: Record<string, string> = {};
  for (const pair of pairs) {
    const [, name = '', value = ''] = /^([a-z_]+)=(.*)$/s.exec(pair) ?? [];
    const setting = SETTINGS.find((each) => profileName(each) === name);
    // The value may be a secret, so only the name is quoted.
    if (setting === undefined) {
      throw new CommandFailure(
        `Cannot set "${name || pair.split('=')[0]}": expected NAME=VALUE with one of ${SETTINGS.map(profileName).join(', ')}`,
        { exitCode: EXIT_CODES.usage },
      );
    }
    values[setting] = value === '-' ? (await text(process.stdin)).trim() : value;
  }
  const file = await writeProfile(section, values);
  if (json !== true) return;
  const names = SETTINGS.filter((setting) => setting in values).map(profileName);
  await writeOutput(`${JSON.stringify({ action: 'set', file, profile: section, names })}\n`);
}

async function show(options: ConnectionOptions & { readonly json?: true }, command: Command): Promise<void> {
  const rows = SETTINGS.map((setting) => {
    const value = options[setting];
    const isSecret = setting === 'accessKeySecret' || setting === 'securityToken';
    const shown = isSecret && value !== undefined ? '(set)' : value;
    return { name: profileName(setting), value: shown, source: sourceOf(command, setting) };
  });
  if (options.json === true) {
    await writeOutput(`${JSON.stringify({ file: profilePath(), settings: rows })}\n`);
    return;
  }
  for (const { name, value, source } of rows) {
    if (value !== undefined) await writeOutput(`${name.padEnd(NAME_WIDTH)} ${value}  (${source})\n`);
  }
}

const NAME_WIDTH = 18;

/** Where a value comes from, in words for people. */
function sourceOf(command: Command, setting: keyof Profile): string {
  const source = command.getOptionValueSource(setting);
  if (source === 'cli') return 'flag';
  if (source === 'env') return 'environment';
  return source === 'config' ? 'profile file' : 'default';
}
