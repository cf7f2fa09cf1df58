/** `annals root`: the root key pair of a running server. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { type AdminOptions, adminCommand, adminGroup } from '../admin/admin-output.js';
import { type AdminAnswer, keyPairSchema, readPart } from '../admin/read-answer.js';
import { DURATION_FORM, parseDuration } from '../configuration/quantities.js';

interface RotateOptions extends AdminOptions {
  readonly overlap?: number;
}

const shownPairSchema = z.object({ accessKeyId: z.string(), previous: z.unknown().optional() });
const previousSchema = z.object({ accessKeyId: z.string(), validUntilMs: z.number() });

/** Builds the command. */
export function rootCommand(): Command {
  return adminGroup(
    'root',
    'show and rotate the root key pair',
    [
      adminCommand('show', 'show the ids of the root key pairs that are in force', () => ({
        method: 'GET',
        path: ['root'],
        describe: describePairs,
      })),
      adminCommand<RotateOptions>(
        'rotate',
        'make a new root key pair; its secret is shown only now',
        (_, { overlap }) => ({
          method: 'POST',
          path: ['root', 'rotate'],
          values: { overlapMs: overlap ?? 0 },
          describe: describeRotation,
        }),
        (command) =>
          command.addOption(
            new Option('--overlap <duration>', 'how long the old pair stays valid (default: not at all)').argParser(
              readDurationMs,
            ),
          ),
      ),
      adminCommand('end-overlap', 'make the old pair invalid now', () => ({
        method: 'DELETE',
        path: ['root', 'previous'],
        describe: describePairs,
      })),
    ],
    { rotate: '--overlap 24h' },
  );
}

function describeRotation({ rootAccessKey, previous }: AdminAnswer): string {
  const { accessKeyId, accessKeySecret } = readPart(rootAccessKey, 'rootAccessKey', keyPairSchema);
  return `export OSS_ACCESS_KEY_ID=${accessKeyId}\nexport OSS_ACCESS_KEY_SECRET=${accessKeySecret}\n${describePrevious(previous)}`;
}

function describePairs({ rootAccessKey }: AdminAnswer): string {
  const { accessKeyId, previous } = readPart(rootAccessKey, 'rootAccessKey', shownPairSchema);
  return `${accessKeyId}\n${describePrevious(previous)}`;
}

/** A comment, so that the lines can be pasted into a shell. */
function describePrevious(previous: unknown): string {
  if (previous === undefined) return '';
  const { accessKeyId, validUntilMs } = readPart(previous, 'previous', previousSchema);
  return `# ${accessKeyId} is valid until ${new Date(validUntilMs).toISOString()}\n`;
}

function readDurationMs(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return durationMs;
  throw new InvalidArgumentError(`expected ${DURATION_FORM}.`);
}
