/**
 * `annals audit`: shows and checks the audit log of a data folder, whether a server uses it or not; asks a server for
 * its head. Leaves out writing it, which is the server's.
 */
import { join, resolve } from 'node:path';
import type { AuditRecord, AuditVerification } from '@annals/server';
import { Command } from 'commander';
import { z } from 'zod';
import { adminCommand, adminGroup } from '../admin/admin-output.js';
import { readPart } from '../admin/read-answer.js';
import { CommandFailure, describeError, EXIT_CODES } from '../command-failure.js';
import { writeOutput } from '../terminal/standard-output.js';

interface FolderOptions {
  readonly data: string;
  readonly json?: boolean;
}

interface VerifyOptions extends FolderOptions {
  readonly expect?: string;
  readonly since?: string;
}

interface ShowOptions extends FolderOptions {
  readonly action?: string;
  readonly actor?: string;
  readonly resource?: string;
  readonly address?: string;
  readonly request?: string;
  readonly from?: string;
  readonly to?: string;
  readonly result?: string;
  readonly last?: string;
}

const headSchema = z.object({ sequence: z.number(), hash: z.string() });
const HASH = /^[0-9a-f]{64}$/i;

/** Builds the command. */
export function auditCommand(): Command {
  const verify = folderOptions(new Command('verify'))
    .summary('check that no record was changed, removed, added or moved')
    .description(
      'Checks that no record of the audit log was changed, removed, added or moved. Records that were cut off at the end show only with --expect. Ends with 1 when something is wrong.',
    )
    .option('--expect <hash>', 'hash that was noted and must be in the chain')
    .option('--since <hash>', 'hash of the record before the first, where older files were moved elsewhere')
    .action(verifyLog);
  const show = folderOptions(new Command('show'))
    .summary('show records')
    .description('Shows records, the oldest first. Filters are parts of what they look at.')
    .option('--action <text>', 'of the action, such as ram:CreateUser or BucketPolicy')
    .option('--actor <text>', 'of the ARN, access key id or kind of the caller')
    .option('--resource <text>', 'of what it is about')
    .option('--address <text>', 'of the address it came from')
    .option('--request <id>', 'id of the request')
    .option('--result <result>', 'done or failed')
    .option('--from <time>', 'not before this time, such as 2026-11-28T12:00Z')
    .option('--to <time>', 'before this time')
    .option('--last <count>', 'only the last so many of them')
    .action(showLog);
  const head = adminCommand('head', 'show number and hash of the last record of a server, to note elsewhere', () => ({
    method: 'GET',
    path: ['audit', 'head'],
    describe({ head: shown }) {
      const { sequence, hash } = readPart(shown, 'head', headSchema);
      return `${sequence} ${hash}\n`;
    },
  }));
  return adminGroup('audit', 'show and check the audit log', [verify, show, head], {
    verify: '--data /srv/annals',
    show: '--data /srv/annals --action DeleteBucket --from 2026-11-28T12:00Z',
  });
}

function folderOptions(command: Command): Command {
  return command.option('--data <dir>', 'data folder', './annals-data').option('--json', 'print JSON').exitOverride();
}

async function verifyLog(options: VerifyOptions): Promise<void> {
  const { expect, since } = options;
  for (const [name, hash] of Object.entries({ expect, since })) {
    if (hash === undefined || HASH.test(hash)) continue;
    throw new CommandFailure(`Cannot use --${name} "${hash}": expected 64 hex digits`, { exitCode: EXIT_CODES.usage });
  }
  const { verifyAuditLog } = await import('@annals/server');
  const verification = await reading(options, (folder) =>
    verifyAuditLog(folder, {
      ...(expect !== undefined && { expected: expect }),
      ...(since !== undefined && { since }),
    }),
  );
  if (verification.fileCount === 0) throw new CommandFailure(`There is no audit log in ${resolve(options.data)}`);
  await writeOutput(options.json === true ? `${JSON.stringify(verification)}\n` : describeVerification(verification));
  if (!verification.isIntact) {
    const count = verification.faults.length + verification.unlistedFaultCount;
    throw new CommandFailure(`The audit log is not as it was written: ${count} ${count === 1 ? 'fault' : 'faults'}`);
  }
}

function describeVerification(verification: AuditVerification): string {
  const { fileCount, recordCount, head, faults, tornLineCount, incompleteLengthBytes, openIntents } = verification;
  const lines = faults.map(({ file, line, problem }) => `${file}${line === 0 ? '' : `:${line}`}: ${problem}`);
  if (verification.unlistedFaultCount > 0) lines.push(`and ${verification.unlistedFaultCount} more`);
  if (tornLineCount > 0) lines.push(`lines that a crash cut short, as the record behind each says: ${tornLineCount}`);
  if (incompleteLengthBytes > 0) {
    lines.push(`a last line without an end (${incompleteLengthBytes} bytes): being written, or cut short by a crash`);
  }
  if (openIntents.length > 0) {
    lines.push(`intents without an outcome, so it is not known whether they took effect: ${openIntents.join(', ')}`);
  }
  lines.push(`records: ${recordCount} in ${fileCount} ${fileCount === 1 ? 'file' : 'files'}`);
  lines.push(`head: ${head.sequence} ${head.hash}`);
  return lines.map((line) => `${line}\n`).join('');
}

async function showLog(options: ShowOptions): Promise<void> {
  const isWanted = filterOf(options);
  const countMax = readCount(options.last);
  const { readAuditRecords } = await import('@annals/server');
  const print = (record: AuditRecord): Promise<void> =>
    writeOutput(options.json === true ? `${JSON.stringify(record)}\n` : describeRecord(record));
  const last: AuditRecord[] = [];
  await reading(options, async (folder) => {
    for await (const record of readAuditRecords(folder)) {
      if (!isWanted(record)) continue;
      if (countMax === undefined) await print(record);
      else last.push(record);
      if (countMax !== undefined && last.length > countMax) last.shift();
    }
  });
  for (const record of last) await print(record);
}

function filterOf(options: ShowOptions): (record: AuditRecord) => boolean {
  const [fromMs, toMs] = [readTime('from', options.from), readTime('to', options.to)];
  const has = (part: string | undefined, ...texts: (string | undefined)[]): boolean =>
    part === undefined || texts.some((text) => text?.toLowerCase().includes(part.toLowerCase()) === true);
  return ({ at, action, actor, resource, sourceAddress, requestId, result }) => {
    const atMs = Date.parse(at);
    return (
      (fromMs === undefined || atMs >= fromMs) &&
      (toMs === undefined || atMs < toMs) &&
      has(options.action, action) &&
      has(options.actor, actor.name, actor.accessKeyId, actor.kind) &&
      has(options.resource, resource) &&
      has(options.address, sourceAddress) &&
      (options.request === undefined || requestId === options.request) &&
      (options.result === undefined || result === options.result)
    );
  };
}

function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const timeMs = Date.parse(text);
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new CommandFailure(`Cannot use --${name} "${text}": expected a time such as 2026-11-28T12:00Z`, {
    exitCode: EXIT_CODES.usage,
  });
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new CommandFailure(`Cannot use --last "${text}": expected a whole number of 1 or more`, {
    exitCode: EXIT_CODES.usage,
  });
}

function describeRecord(record: AuditRecord): string {
  const { sequence, at, phase, action, resource, actor, sourceAddress, intent, result, errorCode, detail } = record;
  const outcome = [result, errorCode, intent === undefined ? undefined : `of ${intent}`];
  const who = actor.name ?? actor.kind;
  const parts = [sequence, at, phase, action, resource, who, actor.accessKeyId, sourceAddress, ...outcome];
  const text = parts.filter((part) => part !== undefined).join('  ');
  return `${text}${detail === undefined ? '' : `  ${JSON.stringify(detail)}`}\n`;
}

async function reading<Result>({ data }: FolderOptions, read: (folder: string) => Promise<Result>): Promise<Result> {
  const { AUDIT_FOLDER_NAME } = await import('@annals/server');
  const folder = join(resolve(data), AUDIT_FOLDER_NAME);
  try {
    return await read(folder);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`Cannot read the audit log in ${folder}: ${describeError(error)}`, { cause: error });
  }
}
