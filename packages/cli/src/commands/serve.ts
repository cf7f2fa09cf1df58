/**
 * `annals serve`: reads the configuration and starts the server. Leaves out the server's life
 * (`../serve/run-server.ts`).
 */
import { Command, Option } from 'commander';
import { type FlagValues, loadConfiguration } from '../configuration/load-configuration.js';
import { describeSettings, type ServeFlag } from '../configuration/schema.js';
import { loadServer } from '../serve/load-server.js';
import { MASTER_KEY_VARIABLE } from '../serve/master-key-variable.js';
import { PROBE_TOKEN_VARIABLE } from '../serve/probe-token.js';
import {
  ROOT_ACCESS_KEY_ID_VARIABLE,
  ROOT_ACCESS_KEY_SECRET_VARIABLE,
  readRootAccessKey,
} from '../serve/root-access-key.js';

/** Builds the command. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('start the server')
    .description(
      'Starts the server on a data folder. When it is ready it prints one line, "annals listening on http://HOST:PORT", to standard output; the log goes to standard error. SIGTERM and SIGINT let requests under way finish; a second one ends the process at once.',
    );
  for (const { flag, meaning, defaultText } of describeSettings()) {
    if (flag !== undefined) command.addOption(flagOption(flag, meaning, defaultText));
  }
  return command
    .option('--config <FILE>', 'YAML or JSON file with these and more settings; flags win over it')
    .addHelpText(
      'after',
      `
Environment:
  ${ROOT_ACCESS_KEY_ID_VARIABLE}, ${ROOT_ACCESS_KEY_SECRET_VARIABLE}
      The root key pair; both or neither. Without them a pair is made at the first start, kept in the data folder and shown once.
  ${MASTER_KEY_VARIABLE}
      What secrets of users are sealed with: 32 bytes in base64, or the path of a file with them. Without it and without master-key-file a key
      is made at the first start and kept in the data folder.
  ${PROBE_TOKEN_VARIABLE}
      What /-/healthz, /-/readyz and /-/metrics ask for.

Examples:
  annals serve
  annals serve --data /srv/annals --host 0.0.0.0 --domain oss.example.com --bucket logs
  annals serve --config /etc/annals.yaml`,
    )
    .action(serve);
}

function flagOption(flag: ServeFlag, meaning: string, defaultText: string | undefined): Option {
  const value = flag.isRepeatable ? `<${flag.value}...>` : `<${flag.value}>`;
  const suffix = defaultText === undefined ? '' : ` (default: ${defaultText})`;
  // Without a default for commander: one would hide what the file says.
  const option = new Option(`--${flag.name} ${value}`, `${lowerFirst(meaning).replace(/\.$/, '')}${suffix}`);
  if (!flag.isRepeatable) return option;
  // One value per flag: a list would swallow whatever follows.
  option.variadic = false;
  return option.argParser((text: string, previous: readonly string[] | undefined) => [...(previous ?? []), text]);
}

async function serve(options: Readonly<Record<string, string | readonly string[]>>, command: Command): Promise<void> {
  const flags: Record<string, string | readonly string[]> = {};
  for (const { flag } of describeSettings()) {
    if (flag === undefined) continue;
    const value = options[camelCase(flag.name)];
    if (value !== undefined) flags[flag.name] = value;
  }
  const problems: string[] = [];
  const rootAccessKey = readRootAccessKey(process.env, problems);
  const masterKey = process.env[MASTER_KEY_VARIABLE] || undefined;
  const { config } = command.opts<{ config?: string }>();
  const configuration = loadConfiguration(flags as FlagValues, config, problems);
  // Loaded only now: no other command needs the server and its engines.
  // In steps, and before what imports them: with few descriptors Node cannot open all their files at once.
  await loadServer();
  const { requireSharedKeys } = await import('../serve/require-shared-keys.js');
  requireSharedKeys(configuration, { rootAccessKey, masterKey });
  const { runServer } = await import('../serve/run-server.js');
  const { withWorkerCount } = await import('../serve/workers/default-worker-count.js');
  const probeToken = process.env[PROBE_TOKEN_VARIABLE] || undefined;
  await runServer(withWorkerCount(configuration), { rootAccessKey, masterKey, probeToken });
}

/** Commander's name of a flag's value. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
