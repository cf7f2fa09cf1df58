/** `annals doctor`: tries a connection step by step, and says at each failure what to mend. */
import { lookup } from 'node:dns/promises';
import { AnnalsError, type Client, OssServiceError, readAll } from '@annals/client';
import { Command } from 'commander';
import { describeError, EXIT_CODES } from '../command-failure.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { describeRefusal, isClientError } from '../describe-client-error.js';
import { parseOssUrl } from '../oss-url.js';
import { writeOutput } from '../terminal/standard-output.js';

interface DoctorOptions extends ConnectionOptions {
  readonly json?: true;
}

/** Builds the command. */
export function doctorCommand(): Command {
  return withConnectionOptions(new Command('doctor'))
    .summary('check a connection step by step, and say what to mend')
    .description(
      'Looks up the endpoint, asks the server, compares clocks, signs, and with a bucket writes, appends, reads back and removes a small object in it. Each step says what to mend when it fails; the exit code is 1 then.',
    )
    .argument('[url]', 'oss://BUCKET or oss://BUCKET/PREFIX to write below')
    .option('--json', 'one JSON object per step')
    .addHelpText('after', '\nExamples:\n  annals doctor\n  annals doctor --endpoint https://oss.example.com oss://logs')
    .action(examine);
}

/** What a step found. */
interface Finding {
  readonly step: string;
  readonly state: 'ok' | 'failed' | 'warning';
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

async function examine(url: string | undefined, options: DoctorOptions): Promise<void> {
  const target = url === undefined ? undefined : parseOssUrl(url);
  const client = connect(options);
  const steps = [
    () => lookUpHost(options.endpoint),
    () => askServer(options.endpoint),
    () => trySignature(client, target?.bucket),
    ...(target === undefined ? [] : tryObject(client, target.bucket, target.key)),
  ];
  let hasFailed = false;
  for (const step of steps) {
    const findings = await step();
    for (const finding of findings) await tell(finding, options.json === true);
    hasFailed = findings.some(({ state }) => state === 'failed');
    if (hasFailed) break;
  }
  if (hasFailed) process.exitCode = EXIT_CODES.failed;
}

async function tell(finding: Finding, isJson: boolean): Promise<void> {
  const { step, state, detail, remedy } = finding;
  if (isJson) return writeOutput(`${JSON.stringify(finding)}\n`);
  const mark = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' }[state];
  return writeOutput(`${mark}  ${step}: ${detail}\n${remedy === undefined ? '' : `         ${remedy}\n`}`);
}

const ok = (step: string, detail: string): readonly Finding[] => [{ step, state: 'ok', detail }];
const failed = (step: string, detail: string, remedy: string): readonly Finding[] => [
  { step, state: 'failed', detail, remedy },
];

async function lookUpHost(endpoint: string): Promise<readonly Finding[]> {
  const { hostname } = new URL(endpoint);
  const name = hostname.replace(/^\[|\]$/g, '');
  try {
    const { address } = await lookup(name);
    return ok('endpoint', `${endpoint} is at ${address}`);
  } catch (error) {
    return failed(
      'endpoint',
      `${name} cannot be looked up (${describeError(error)})`,
      'Check --endpoint and the name server of this machine.',
    );
  }
}

const ANSWER_MS_MAX = 15_000;
/** Servers refuse signatures that are farther off; a sixth of that is worth a word. */
const SKEW_MS_MAX = 15 * 60_000;
const SKEW_MS_WARNED = SKEW_MS_MAX / 6;

/** An unsigned question: whether anything answers there, whether it speaks OSS, and what time it is there. */
async function askServer(endpoint: string): Promise<readonly Finding[]> {
  let response: Response;
  try {
    response = await fetch(new URL('/', endpoint), { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    await response.arrayBuffer();
  } catch (error) {
    const reason =
      error instanceof Error && error.cause !== undefined ? describeError(error.cause) : describeError(error);
    return failed('server', `no answer (${reason})`, remedyOfSilence(endpoint, reason));
  }
  const { headers } = response;
  const name = headers.get('server') ?? 'a server that does not say its name';
  if (!headers.has('x-oss-request-id')) {
    return failed(
      'server',
      `${name} answers ${response.status} and does not speak OSS`,
      'Check the port: another program, or a proxy that does not pass requests on, listens there.',
    );
  }
  return [{ step: 'server', state: 'ok', detail: `${name} speaks OSS` }, ...clockFinding(headers.get('date'))];
}

function remedyOfSilence(endpoint: string, reason: string): string {
  if (/certificate|self.signed|SSL|TLS/i.test(reason)) {
    return 'Its certificate is not trusted here: name its authority with NODE_EXTRA_CA_CERTS.';
  }
  if (endpoint.startsWith('https:')) return 'Is it served without TLS? Then write http:// in front of the endpoint.';
  return 'Is the server running, and does a firewall let this machine reach the port?';
}

function clockFinding(date: string | null): readonly Finding[] {
  const skewMs = date === null ? Number.NaN : Date.now() - Date.parse(date);
  if (Number.isNaN(skewMs)) return [];
  const detail = `this machine is ${(Math.abs(skewMs) / 1000).toFixed(0)} s ${skewMs < 0 ? 'behind' : 'ahead of'} the server`;
  if (Math.abs(skewMs) < SKEW_MS_WARNED) return ok('clock', detail);
  const remedy = 'Set the clock (NTP): signatures that are 15 minutes off are refused. The SDK corrects it meanwhile.';
  return [{ step: 'clock', state: 'warning', detail, remedy }];
}

async function trySignature(client: Client, bucket: string | undefined): Promise<readonly Finding[]> {
  try {
    const pages = bucket === undefined ? client.listBuckets() : client.listObjects({ bucket, pageSize: 1 });
    for await (const _ of pages) break;
    return ok('signature', bucket === undefined ? 'the key may list buckets' : `the key may list oss://${bucket}`);
  } catch (error) {
    return signatureFinding(error, bucket);
  }
}

const KEY_REMEDIES: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch:
    'The secret is not that of the key, or a proxy changes Host or path: compare OSS_ACCESS_KEY_SECRET, and try --addressing path.',
  InvalidAccessKeyId:
    'The server does not know this key id: is it of another server, or was it deleted? "annals config show" says where it comes from.',
  InvalidSecurityToken: 'The temporary keys are over or revoked: get new ones.',
  RequestTimeTooSkewed: 'Set the clock of this machine.',
  NoSuchBucket: 'There is no such bucket: "annals ls" lists them, "annals mb" makes one.',
};

function signatureFinding(error: unknown, bucket: string | undefined): readonly Finding[] {
  if (!isClientError(error)) throw error;
  const detail = describeRefusal(error);
  const remedy = KEY_REMEDIES[error.code];
  if (remedy !== undefined) return failed('signature', detail, remedy);
  if (error instanceof OssServiceError && error.status === 403) {
    // The key is right: it may only not list, as a writer of logs need not.
    return [
      {
        step: 'signature',
        state: 'warning',
        detail,
        remedy: 'The key is valid. Listing is not among its rights, which a writer does not need.',
      },
    ];
  }
  if (error instanceof AnnalsError && error.code === 'NetworkFailed' && bucket !== undefined) {
    return failed(
      'signature',
      detail,
      `${bucket} stands in the host name, which is not found: use --addressing path, or let the name server answer for all names below the endpoint.`,
    );
  }
  return failed('signature', detail, 'The server refuses it for the reason that it says.');
}

/** The steps on an object that is made for them. */
function tryObject(client: Client, bucket: string, prefix: string): readonly (() => Promise<readonly Finding[]>)[] {
  const target = { bucket, key: `${prefix}annals-doctor-${globalThis.crypto.randomUUID()}` };
  const body = 'written by annals doctor\n';
  const attempt =
    (step: string, right: string, work: () => Promise<string>) => async (): Promise<readonly Finding[]> => {
      try {
        return ok(step, await work());
      } catch (error) {
        if (!isClientError(error)) throw error;
        const isDenied = error instanceof OssServiceError && error.status === 403;
        return failed(
          step,
          describeRefusal(error),
          isDenied ? `The key needs the right ${right} on oss://${bucket}/*.` : 'The server says why.',
        );
      }
    };
  return [
    attempt('append', 'oss:PutObject', async () => {
      const { nextPosition } = await client.appendObject({ ...target, position: 0, body });
      return `${nextPosition} bytes are durable in oss://${bucket}/${target.key}`;
    }),
    attempt('read back', 'oss:GetObject', async () => {
      const { body: found } = await client.getObject(target);
      const text = new TextDecoder().decode(await readAll(found));
      return text === body ? 'the same bytes, and their CRC-64' : `other bytes: ${JSON.stringify(text)}`;
    }),
    attempt('remove', 'oss:DeleteObject', async () => {
      await client.deleteObject(target);
      return 'the object is gone again';
    }),
  ];
}
