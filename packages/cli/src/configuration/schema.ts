/**
 * Every setting of `annals serve`: its name, what it accepts, its default and what it means. Flags, the configuration
 * file and `docs/configuration.md` all follow from here. Leaves out reading them (`load-configuration.ts`) and the root
 * key pair, which comes from the environment or the data folder (`../serve/root-access-key.ts`).
 */
import { z } from 'zod';
import { BUCKET_BODY_LENGTH_BYTES_MAX } from './blob-location.js';
import { findNameConflicts } from './name-conflicts.js';
import { PRESET_NAMES } from './presets.js';
import {
  bucketName,
  callbackTarget,
  cnameRecord,
  count,
  domainName,
  duration,
  group,
  list,
  optionalSize,
  permission,
  portNumber,
  proxyAddress,
  proxyListener,
  size,
  workerCount,
} from './setting-kinds.js';
import { storageSettings } from './storage-settings.js';

const PROXY_HEADERS = ['auto', 'x-forwarded-for', 'forwarded'] as const;
const CNAME_VERIFICATIONS = ['off', 'dns'] as const;
const PROBE_ADMIN = ['everywhere', 'here'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const settingsSchema = z.strictObject({
  data: z
    .string({ error: 'expected a folder' })
    .min(1, { error: 'expected a folder' })
    .prefault('./annals-data')
    .describe('Folder that holds everything; made when missing. One process at a time may use it.'),
  host: z
    .string({ error: 'expected an address or a host name' })
    .min(1, { error: 'expected an address or a host name' })
    .prefault('127.0.0.1')
    .describe('Address to listen on; `0.0.0.0` or `::` means every interface of the machine.'),
  port: portNumber.prefault(9000).describe('Port to listen on; 0 lets the system choose one.'),
  workers: workerCount,
  domain: list(domainName, 'Domain under which `BUCKET.DOMAIN` names a bucket. `localhost` always is one.'),
  cname: list(
    cnameRecord,
    '`DOMAIN=BUCKET`: a domain name of its own that leads to a bucket, beside those of PutCname.',
  ),
  'cname-verification': z
    .enum(CNAME_VERIFICATIONS, { error: `expected one of ${CNAME_VERIFICATIONS.join(', ')}` })
    .prefault('off')
    .describe(
      'What PutCname takes to put a domain on a bucket: `dns` asks for the token of CreateCnameToken in the TXT record `_dnsauth.DOMAIN`, `off` for nothing but the right. Names of the server itself are refused either way.',
    ),
  'trusted-proxies': list(
    proxyAddress,
    'IP address or range of a proxy in front, which says in `X-Forwarded-For` or `Forwarded` whose request it passes on, and in `X-Forwarded-Proto` whether that came encrypted. The server ignores these headers from other addresses.',
  ),
  'proxy-header': z
    .enum(PROXY_HEADERS, { error: `expected one of ${PROXY_HEADERS.join(', ')}` })
    .prefault('auto')
    .describe(
      'Header that the trusted proxies write: `x-forwarded-for`, `forwarded`, or `auto` for whichever is there. With `auto` a request with both is refused when they disagree.',
    ),
  'proxy-protocol': list(
    proxyListener,
    'Listener, `http` or `tls`, on which every trusted proxy begins a connection with a header of the PROXY protocol, version 1 or 2. From other addresses it reads none.',
  ),
  probes: group({
    port: portNumber
      .optional()
      .describe(
        'Port of its own for `/-/healthz`, `/-/readyz` and `/-/metrics`, which are then found nowhere else. Without it they are at the port of everything.',
      ),
    host: z
      .string({ error: 'expected an address or a host name' })
      .min(1, { error: 'expected an address or a host name' })
      .prefault('127.0.0.1')
      .describe('Address that port listens on.'),
    'token-file': z
      .string({ error: 'expected a file' })
      .min(1, { error: 'expected a file' })
      .optional()
      .describe(
        'File with a token of at least 16 characters that these pages ask for, as `Authorization: Bearer TOKEN`. `ANNALS_PROBE_TOKEN` holds it instead. Without either they ask for nothing.',
      ),
    admin: z
      .enum(PROBE_ADMIN, { error: `expected one of ${PROBE_ADMIN.join(', ')}` })
      .prefault('everywhere')
      .describe('Where `/-/admin/` is found: `everywhere`, or `here` for that port only.'),
  })
    .refine(({ port, admin }) => port !== undefined || admin !== 'here', {
      error: 'expected a port where admin is "here"',
    })
    .prefault({}),
  preset: z
    .enum(PRESET_NAMES, { error: 'expected "cloud"' })
    .optional()
    .describe(
      'Settings that belong together: `cloud` makes the server look like the public service. Each setting given by itself wins.',
    ),
  'block-public-access': z
    .boolean({ error: 'expected true or false' })
    .optional()
    .describe('Whether new buckets are blocked for the public; without it they are not.'),
  region: z
    .string({ error: 'expected a region such as cn-hangzhou' })
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'expected a region such as cn-hangzhou, without "oss-" in front' })
    .refine((region) => !region.startsWith('oss-'), {
      error: 'expected a region such as cn-hangzhou, without "oss-" in front',
    })
    .optional()
    .describe('Region that V4 signatures must name; without it any is accepted.'),
  bucket: list(bucketName, 'Bucket to create at the start when it is missing.'),
  'master-key-file': z
    .string({ error: 'expected a file' })
    .min(1, { error: 'expected a file' })
    .optional()
    .describe(
      'File with the master key that secrets of users and data keys of encrypted objects are sealed with: 32 bytes in base64 per line, the newest first. Without it the data folder has one of its own.',
    ),
  'root-key-file': z
    .string({ error: 'expected a file' })
    .min(1, { error: 'expected a file' })
    .optional()
    .describe(
      'File of the operator with the root key pair, as JSON: `accessKeyId`, `accessKeySecret`, and during a rotation `previous` with the old pair and `validUntilMs`. Read again at SIGHUP. Without it the data folder has one of its own.',
    ),
  'log-level': z
    .enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` })
    .prefault('info')
    .describe(`What is logged to standard error: ${LOG_LEVELS.join(', ')}.`),
  storage: storageSettings,
  appendable: group({
    overwrite: permission
      .prefault('deny')
      .describe('Whether uploads may replace an appendable object; `deny` or `allow`.'),
    copy: permission.prefault('deny').describe('Whether an appendable object may be copied; `deny` or `allow`.'),
    'max-length': size('5GiB', 'Length one appendable object may reach.'),
    replay: z
      .enum(['off', 'same-bytes'], { error: 'expected "off" or "same-bytes"' })
      .prefault('off')
      .describe(
        'Whether an append that repeats the last one of its object within 15 minutes (same access key, position, length and CRC-64) is answered as that one was; `off` or `same-bytes`.',
      ),
    'append-ids': group({
      count: count(1)
        .prefault(1000)
        .describe('Appends of one object that are remembered by their ids; the oldest is forgotten first.'),
      age: duration('24h', 'How long an append is remembered by its id.', 1),
    }).prefault({}),
  }).prefault({}),
  archive: group({
    'restore-delay': duration(
      '0s',
      'How long restoring an object of an archive class takes. All classes lie on the same disk, so a delay only imitates.',
    ),
  }).prefault({}),
  garbage: group({
    'max-delay': duration(
      '1s',
      'Longest time one write waits while bytes of deleted and replaced objects wait to be freed: with as many of them as there is free space, writes that replace begin to wait. 0s: no write waits, and the disk may fill up.',
    ),
  }).prefault({}),
  limits: group({
    'body-length': size('5GiB', 'Length of the body of one upload or append.'),
    'drain-length': size(
      '1MiB',
      'A refused request whose body is at most this long is read to its end, so that its connection can be used again; longer ones are cut off.',
    ),
    'header-length': size(
      '32KiB',
      'Total length of the headers of one request, with its first line and all line ends.',
      1024,
    ),
    headers: z
      .number({ error: 'expected a whole number of 16 or more' })
      .refine((count) => Number.isSafeInteger(count) && count >= 16, { error: 'expected a whole number of 16 or more' })
      .prefault(256)
      .describe('Header lines of one request.'),
    'minimum-rate': size(
      '240B',
      'Bytes per second, averaged over `timeouts.rate-window`, that the body of a request must come in with and an answer be taken with; the server cuts off a slower client. 0 means any.',
    ),
    connections: count(1)
      .optional()
      .describe(
        'Connections open at once. One more takes the place of the one that has been idle longest, of the address that has most; when all are busy it is answered with 503. Without it half of the descriptors that `ulimit -n` leaves.',
      ),
    'connections-per-address': count(0)
      .prefault(0)
      .describe('Connections open at once from one address, trusted proxies excepted. 0 means no limit of its own.'),
    'running-requests': count(1)
      .prefault(256)
      .describe('Requests at work in the store at once; uploads count when their body is there.'),
    'waiting-requests': count(1)
      .prefault(1024)
      .describe(
        'Requests that may wait for their turn at the store. Callers, and the buckets of each, take turns and share the places; more are answered with 503 and `Retry-After` at once.',
      ),
    'waiting-length': size(
      '128MiB',
      'Bytes of bodies in memory that may wait for a turn at the store, shared out as the places are; more are answered with 503 and `Retry-After`. While that many received bytes wait to be read, the server reads no connection ahead.',
      1024 * 1024,
    ),
    'clock-skew': duration('15m', 'How far the clock of the client that signed a request may be off.'),
    'failed-signatures': z
      .number({ error: 'expected a whole number of 0 or more' })
      .refine((count) => Number.isSafeInteger(count) && count >= 0, { error: 'expected a whole number of 0 or more' })
      .prefault(100)
      .describe(
        'Requests with a wrong signature that one address may send for one access key, at once and again per minute; further wrong ones are answered with a short 503 and hardly logged. Right ones always pass. 0 means no limit.',
      ),
  }).prefault({}),
  quotas: group({
    'bucket-length': optionalSize('Bytes of all versions of objects in each bucket that has no such limit of its own.'),
    'bucket-objects': count(0).optional().describe('Versions of objects in each such bucket.'),
    'bucket-requests-per-second': count(1).optional().describe('Requests a second of each such bucket.'),
    'bucket-rate': optionalSize(
      'Bytes a second of uploads and answers together of each such bucket; faster ones wait.',
      1,
    ),
    'user-length': optionalSize(
      'Bytes of all versions of objects in all buckets that one user made, of each user that has no such limit of its own.',
    ),
    'user-objects': count(0).optional().describe('Versions of objects in the same.'),
    'user-requests-per-second': count(1).optional().describe('Requests a second of each such user.'),
    'user-rate': optionalSize('Bytes a second of uploads and answers together of each such user; faster ones wait.', 1),
  }).prefault({}),
  callback: group({
    allow: list(
      callbackTarget,
      'Host name, `*.DOMAIN`, IP address or range that upload callbacks may reach; without any, callbacks are refused. Private addresses count only as addresses or ranges.',
    ),
    timeout: duration('5s', 'How long an application may take to answer a callback.', 1),
    key: z
      .string({ error: 'expected a file' })
      .min(1, { error: 'expected a file' })
      .optional()
      .describe('RSA key in PEM that signs callbacks; without it the data folder has one of its own.'),
    'public-key-url': z
      .url({ protocol: /^https?$/, error: 'expected a URL of http or https' })
      .optional()
      .describe(
        'Where applications find the public key; without it `/-/callback-public-key.pem` at the address listened on, so set it where that is not what applications reach.',
      ),
  }).prefault({}),
  kms: group({
    folder: z
      .string({ error: 'expected a folder' })
      .min(1, { error: 'expected a folder' })
      .optional()
      .describe(
        'Folder of the keys of server-side encryption with KMS, one file `NAME.key` each, as `annals key rotate NAME` makes them. Without it `kms` in the data folder.',
      ),
    'default-key': z
      .string({ error: 'expected the name of a key' })
      .min(1, { error: 'expected the name of a key' })
      .prefault('default')
      .describe('Name of the key for objects whose writers ask for KMS and name none.'),
    'make-default-key': z
      .boolean({ error: 'expected true or false' })
      .optional()
      .describe('Whether that key is made at the start when it is missing; without it nothing is.'),
  }).prefault({}),
  tls: group({
    port: portNumber.optional().describe('Port for HTTPS, beside the one for HTTP; needs the two files below.'),
    certificate: z
      .string({ error: 'expected a file' })
      .min(1, { error: 'expected a file' })
      .optional()
      .describe('Certificate chain in PEM, the own certificate first. Read again when it changes.'),
    key: z
      .string({ error: 'expected a file' })
      .min(1, { error: 'expected a file' })
      .optional()
      .describe('Private key of the certificate, in PEM. Read again when it changes.'),
  })
    .refine(
      ({ port, certificate, key }) => new Set([port, certificate, key].map((value) => value === undefined)).size === 1,
      {
        error: 'expected port, certificate and key, or none of them',
      },
    )
    .prefault({}),
  'access-log': group({
    flush: duration('10s', 'How often lines of the access logs of buckets are written; a crash loses what waits.', 1),
    'max-waiting': size('16MiB', 'Length of the lines that may wait; more are dropped and counted in the log.'),
  }).prefault({}),
  lifecycle: group({
    hour: z
      .number({ error: 'expected a whole number from 0 to 23' })
      .refine((hour) => Number.isInteger(hour) && hour >= 0 && hour <= 23, {
        error: 'expected a whole number from 0 to 23',
      })
      .prefault(0)
      .describe('Hour of the day (UTC) at which lifecycle rules are carried out.'),
    interval: duration('24h', 'Time between two runs of the lifecycle rules.', 1000),
  }).prefault({}),
  scrub: group({
    rate: size(
      '4MiB',
      'Bytes per second at which everything stored is read again and again to find damage; 0 means only after `annals scrub start`.',
    ),
  }).prefault({}),
  timeouts: group({
    'keep-alive': duration('75s', 'How long an idle connection stays open; SDKs expect at least 60s.', 60_000),
    headers: duration('60s', 'How long the headers of a request may take to arrive.', 1),
    idle: duration('60s', 'How long a request under way may stand still before it is given up.', 1),
    'rate-window': duration(
      '60s',
      'Time over which `limits.minimum-rate` is averaged. Only time counts in which the server waits for the client.',
      1,
    ),
    linger: duration(
      '2s',
      'How long a connection that is being closed with its request unread is still read from, so that its client sees the answer.',
    ),
    drain: duration('0s', 'How long requests are still answered after a signal, while `/-/readyz` says 503.'),
    shutdown: duration('30s', 'How long requests under way may take to finish after SIGTERM or SIGINT.'),
    'certificate-reload': duration('10s', 'How often the files of `tls` are looked at for a new certificate.', 100),
  }).prefault({}),
});

/** The schema of a configuration file, and of file and flags together. */
export const configurationSchema = settingsSchema.superRefine((configuration, context) => {
  for (const { path, message, input } of findNameConflicts(configuration)) {
    context.addIssue({ code: 'custom', path: [...path], message, input });
  }
  const { limits, storage } = configuration;
  if (storage.blobs.startsWith('s3://') && limits['body-length'] > BUCKET_BODY_LENGTH_BYTES_MAX) {
    const message = 'expected at most 78GiB where storage.blobs is a bucket';
    context.addIssue({ code: 'custom', path: ['limits', 'body-length'], message, input: limits['body-length'] });
  }
});

/** A checked configuration; sizes in bytes, durations in milliseconds. */
export type Configuration = z.output<typeof configurationSchema>;

/** A flag of `annals serve` for a top-level setting. */
export interface ServeFlag {
  /** Of the setting and, behind `--`, of the flag. */
  readonly name: keyof Configuration;
  /** Stands for the value in help texts. */
  readonly value: string;
  readonly isRepeatable: boolean;
}

/** The settings that are flags, too. */
const SERVE_FLAGS: readonly ServeFlag[] = [
  { name: 'data', value: 'DIR', isRepeatable: false },
  { name: 'host', value: 'HOST', isRepeatable: false },
  { name: 'port', value: 'PORT', isRepeatable: false },
  { name: 'workers', value: 'N', isRepeatable: false },
  { name: 'domain', value: 'NAME', isRepeatable: true },
  { name: 'preset', value: 'NAME', isRepeatable: false },
  { name: 'region', value: 'NAME', isRepeatable: false },
  { name: 'bucket', value: 'NAME', isRepeatable: true },
  { name: 'master-key-file', value: 'FILE', isRepeatable: false },
  { name: 'log-level', value: 'LEVEL', isRepeatable: false },
];

/** One setting, as documentation needs it. */
export interface SettingDescription {
  /** Dotted, as `appendable.overwrite`. */
  readonly name: string;
  readonly meaning: string;
  /** As it would be written in a file; `undefined` when there is none. */
  readonly defaultText: string | undefined;
  readonly flag: ServeFlag | undefined;
}

/** Every setting in the order of the schema. */
export function describeSettings(): readonly SettingDescription[] {
  const document = z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' });
  return describeProperties(document.properties ?? {}, '');
}

function describeProperties(
  properties: NonNullable<z.core.JSONSchema.BaseSchema['properties']>,
  prefix: string,
): SettingDescription[] {
  return Object.entries(properties).flatMap(([name, property]): SettingDescription[] => {
    if (typeof property === 'boolean') return [];
    if (property.properties !== undefined) return describeProperties(property.properties, `${prefix}${name}.`);
    const isListDefault = Array.isArray(property.default);
    return [
      {
        name: `${prefix}${name}`,
        meaning: property.description ?? '',
        defaultText: property.default === undefined || isListDefault ? undefined : String(property.default),
        flag: prefix === '' ? SERVE_FLAGS.find((flag) => flag.name === name) : undefined,
      },
    ];
  });
}
