/** `annals quota`: what buckets and users may hold, and how many requests and bytes a second they may send. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { type AdminOptions, adminCommand, adminGroup } from '../admin/admin-output.js';
import { type AdminAnswer, readPart } from '../admin/read-answer.js';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { parseSize, SIZE_FORM } from '../configuration/quantities.js';

interface SubjectOptions extends AdminOptions {
  readonly bucket?: string;
  readonly user?: string;
}

interface SetOptions extends SubjectOptions {
  readonly bytes?: number;
  readonly objects?: number;
  readonly requestsPerSecond?: number;
  readonly bytesPerSecond?: number;
}

/** Builds the command. */
export function quotaCommand(): Command {
  return adminGroup(
    'quota',
    'limit what buckets and users hold, and their requests and bytes a second',
    [
      adminCommand('list', 'list all limits', () => ({
        method: 'GET',
        path: ['limits'],
        describe: ({ limits }) =>
          readPart(limits, 'limits', z.array(limitsSchema))
            .map((row) => `${describeLimits(row)}\n`)
            .join(''),
      })),
      adminCommand<SubjectOptions>(
        'show',
        'show the limits of a bucket or user, and what counts towards them',
        (_, options) => ({ method: 'GET', path: pathOf(options), describe: describeStatus }),
        withSubject,
      ),
      adminCommand<SetOptions>(
        'set',
        'replace the limits of a bucket or user; what is not named is as the configuration has it for all',
        (_, options) => {
          const { bytes, objects, requestsPerSecond, bytesPerSecond } = options;
          const values = {
            ...(bytes !== undefined && { lengthBytesMax: bytes }),
            ...(objects !== undefined && { objectCountMax: objects }),
            ...(requestsPerSecond !== undefined && { requestsPerSecondMax: requestsPerSecond }),
            ...(bytesPerSecond !== undefined && { bytesPerSecondMax: bytesPerSecond }),
          };
          return {
            method: 'PUT',
            path: pathOf(options),
            values,
            describe: ({ limit }) => `${describeLimits(readPart(limit, 'limit', limitsSchema))}\n`,
          };
        },
        (command) =>
          withSubject(command)
            .addOption(
              new Option(
                '--bytes <size>',
                'bytes of all versions of objects, of a user in all buckets it made',
              ).argParser(readSize),
            )
            .addOption(new Option('--objects <count>', 'versions of objects').argParser(readCount))
            .addOption(new Option('--requests-per-second <count>', 'requests a second').argParser(readCount))
            .addOption(
              new Option('--bytes-per-second <size>', 'bytes a second of uploads and answers together').argParser(
                readSize,
              ),
            ),
      ),
      adminCommand<SubjectOptions>(
        'delete',
        'take all limits of a bucket or user away',
        (_, options) => ({ method: 'DELETE', path: pathOf(options), describe: () => '' }),
        withSubject,
      ),
    ],
    { show: '--bucket logs', set: '--bucket logs --bytes 100GiB', delete: '--bucket logs' },
  );
}

const limitsSchema = z.object({
  kind: z.string().optional(),
  name: z.string().optional(),
  lengthBytesMax: z.number().optional(),
  objectCountMax: z.number().optional(),
  requestsPerSecondMax: z.number().optional(),
  bytesPerSecondMax: z.number().optional(),
});
const statusSchema = z.object({
  limits: limitsSchema,
  use: z.object({ lengthBytes: z.number(), objectCount: z.number() }).optional(),
});

function withSubject(command: Command): Command {
  return command.option('--bucket <name>', 'a bucket').option('--user <name>', 'a user');
}

function pathOf({ bucket, user }: SubjectOptions): readonly string[] {
  if (bucket !== undefined && user === undefined) return ['limits', 'buckets', bucket];
  if (user !== undefined && bucket === undefined) return ['limits', 'users', user];
  throw new CommandFailure('Cannot tell whose limits are meant: expected --bucket NAME or --user NAME', {
    exitCode: EXIT_CODES.usage,
  });
}

function describeStatus({ limit }: AdminAnswer): string {
  const { limits, use } = readPart(limit, 'limit', statusSchema);
  const holds = use === undefined ? '' : `holds: ${use.lengthBytes} bytes, ${use.objectCount} objects\n`;
  return `${describeLimits(limits)}\n${holds}`;
}

function describeLimits(limits: z.output<typeof limitsSchema>): string {
  const { kind, name, lengthBytesMax, objectCountMax, requestsPerSecondMax, bytesPerSecondMax } = limits;
  const parts = [
    lengthBytesMax === undefined ? undefined : `bytes ${lengthBytesMax}`,
    objectCountMax === undefined ? undefined : `objects ${objectCountMax}`,
    requestsPerSecondMax === undefined ? undefined : `requests/s ${requestsPerSecondMax}`,
    bytesPerSecondMax === undefined ? undefined : `bytes/s ${bytesPerSecondMax}`,
  ];
  return [kind, name, ...parts].filter((part) => part !== undefined).join('  ');
}

function readSize(text: string): number {
  const lengthBytes = parseSize(text);
  if (lengthBytes === undefined) throw new InvalidArgumentError(`expected ${SIZE_FORM}.`);
  return lengthBytes;
}

function readCount(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number of 0 or more.');
  return Number(text);
}
