/**
 * `annals sts`: temporary keys, from an annals server or any other STS endpoint; revoking them is an annals server's
 * alone.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { percentEncode } from '@annals/protocol';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { fail, requireKeyPair, type SignedConnection, send, serviceUrl } from '../admin/admin-client.js';
import { type AdminOptions, adminCommand, adminGroup, warnOfNeverMatching } from '../admin/admin-output.js';
import { readPolicyFile } from '../admin/policy-file.js';
import { type AdminAnswer, readPart } from '../admin/read-answer.js';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect.js';
import { writeOutput } from '../terminal/standard-output.js';
import { readSeconds } from './role.js';

interface StsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly stsPath: string;
}

interface AssumeRoleOptions extends StsOptions {
  readonly session: string;
  readonly duration?: number;
  readonly policy?: string;
}

/** Builds the command. */
export function stsCommand(): Command {
  const assume = stsOptions(new Command('assume-role'))
    .summary('get temporary keys of a role')
    .description('Gets temporary keys of a role, as lines to paste into a shell.')
    .argument('<arn>', 'acs:ram::UID:role/NAME')
    .option('--session <name>', 'what the session is called', 'annals')
    .addOption(new Option('--duration <duration>', 'how long the keys last').argParser(readSeconds))
    .option('--policy <file>', 'JSON file that limits the session further, or - for standard input')
    .action(assumeRole);
  const identity = stsOptions(new Command('identity'))
    .summary('show whose keys these are')
    .description('Shows whose keys these are.')
    .action(showIdentity);
  return adminGroup('sts', 'get and revoke temporary keys', [assume, identity, revokeCommand(), revocationsCommand()], {
    'assume-role': 'acs:ram::1000000000000001:role/uploader',
    revoke: '--role uploader',
  });
}

interface RevokeOptions extends AdminOptions {
  readonly key?: string;
  readonly role?: string;
  readonly session?: string;
  readonly user?: string;
}

function revokeCommand(): Command {
  return adminCommand<RevokeOptions>(
    'revoke',
    'make temporary keys invalid that were lent so far, and what was lent on from them',
    (_, options) => ({ method: 'PUT', path: ['revocations', ...revokedPath(options)] }),
    (command) =>
      command
        .option('--key <id>', 'one temporary key, by its id')
        .option('--role <name>', 'all sessions of a role')
        .option('--session <name>', 'with --role: only sessions of this name')
        .option('--user <name>', 'all sessions that a user has got'),
  );
}

function revokedPath({ key, role, session, user }: RevokeOptions): readonly string[] {
  const isOne = [key, role, user].filter((value) => value !== undefined).length === 1;
  if (isOne && key !== undefined && session === undefined) return ['keys', key];
  if (isOne && user !== undefined && session === undefined) return ['users', user];
  if (isOne && role !== undefined) return ['roles', role, ...(session === undefined ? [] : ['sessions', session])];
  throw new CommandFailure(
    'Cannot tell what to revoke: expected --key ID, --user NAME, or --role NAME with or without --session NAME',
    { exitCode: EXIT_CODES.usage },
  );
}

function revocationsCommand(): Command {
  return adminCommand('revocations', 'list what is revoked; each is forgotten when the last key has expired', () => ({
    method: 'GET',
    path: ['revocations'],
    describe({ revocations }) {
      const lines = readPart(revocations, 'revocations', revocationsSchema).map(describeRevocation);
      return lines.map((line) => `${line}\n`).join('');
    },
  }));
}

const revocationsSchema = z.array(z.record(z.string(), z.unknown()));

function describeRevocation({ kind, accessKeyId, roleName, sessionName, userName, ...times }: Record<string, unknown>) {
  const subject = [accessKeyId ?? roleName ?? userName, sessionName].filter((part) => part !== undefined).join(' ');
  const at = (time: unknown): string => new Date(Number(time)).toISOString();
  return `${String(kind)}  ${subject}  revoked ${at(times.revokedAtMs)}  forgotten ${at(times.forgetAtMs)}`;
}

function stsOptions(command: Command): Command {
  return withConnectionOptions(command)
    .option('--sts-path <path>', 'where STS is on the server', '/-/sts/')
    .option('--json', 'print the answer as JSON')
    .exitOverride();
}

const credentialsSchema = z.object({ AccessKeyId: z.string(), AccessKeySecret: z.string(), SecurityToken: z.string() });

async function assumeRole(arn: string, options: AssumeRoleOptions): Promise<void> {
  const { session, duration, policy } = options;
  const answer = await callSts(options, {
    Action: 'AssumeRole',
    RoleArn: arn,
    RoleSessionName: session,
    ...(duration !== undefined && { DurationSeconds: String(duration) }),
    ...(policy !== undefined && { Policy: await readPolicyFile(policy) }),
  });
  const { AccessKeyId, AccessKeySecret, SecurityToken } = readPart(
    answer.Credentials,
    'Credentials',
    credentialsSchema,
  );
  await print(
    answer,
    options,
    `export OSS_ACCESS_KEY_ID=${AccessKeyId}\nexport OSS_ACCESS_KEY_SECRET=${AccessKeySecret}\nexport OSS_SESSION_TOKEN=${SecurityToken}\n`,
  );
}

async function showIdentity(options: StsOptions): Promise<void> {
  const answer = await callSts(options, { Action: 'GetCallerIdentity' });
  await print(answer, options, `${String(answer.Arn)}\n`);
}

function print(answer: AdminAnswer, { json }: StsOptions, text: string): Promise<void> {
  return writeOutput(json === true ? `${JSON.stringify(answer)}\n` : text);
}

async function callSts(options: StsOptions, call: Readonly<Record<string, string>>): Promise<AdminAnswer> {
  const connection = requireKeyPair(options);
  const parameters = signRpc(connection, call);
  const { isRight, status, answer, neverMatching } = await send(serviceUrl(connection, options.stsPath), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: parameters,
  });
  if (neverMatching !== null) warnOfNeverMatching(neverMatching);
  return isRight ? answer : fail(answer, status);
}

/** The RPC signature of STS: HMAC-SHA1 over all parameters in the order of their names. */
function signRpc(
  { accessKeyId, accessKeySecret, securityToken }: SignedConnection,
  call: Readonly<Record<string, string>>,
): string {
  const parameters: Record<string, string> = {
    ...call,
    Version: '2015-04-01',
    Format: 'JSON',
    AccessKeyId: accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d{3}Z$/, 'Z'),
    ...(securityToken !== undefined && { SecurityToken: securityToken }),
  };
  const names = Object.keys(parameters).sort();
  const text = names.map((name) => `${percentEncode(name)}=${percentEncode(parameters[name] ?? '')}`).join('&');
  const signature = createHmac('sha1', `${accessKeySecret}&`)
    .update(`POST&${percentEncode('/')}&${percentEncode(text)}`)
    .digest('base64');
  return `${text}&Signature=${percentEncode(signature)}`;
}
