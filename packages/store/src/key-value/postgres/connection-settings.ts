/**
 * Where the database is and how it is used, from a URL (`postgres://user@a:5432,b:5432/database?sslmode=require`) and,
 * for what the URL leaves out, the variables that all clients of PostgreSQL know (`PGHOST` and so on). Leaves out
 * connecting (`connect.ts`). No message of this file quotes a URL as it is: it may hold a password.
 */
import type { ConnectionOptions } from 'node:tls';

/** One server of a cluster. */
export interface DatabaseHost {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** Everything a connection needs. */
export interface ConnectionSettings {
  /** At least one; the one that accepts writes is used. */
  readonly hosts: readonly DatabaseHost[];
  readonly user: string;
  /** Without it `pg` looks into the password file (`PGPASSFILE`). */
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: TlsMode;
  /** Names of files: PEM. */
  readonly tlsFiles: { readonly ca?: string; readonly certificate?: string; readonly key?: string };
  readonly applicationName: string;
}

/** `disable`: no TLS. `require`: encrypted, and no identity is verified. `verify-ca`, `verify-full`: verified. */
export type TlsMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/** Variables of the environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const TLS_MODES: readonly TlsMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'application_name', 'host', 'port'];
const LOOPBACK = /^(?:localhost|127[.].*|::1|\/.*)$/;
const URL_PARTS =
  /^postgres(?:ql)?:\/\/(?:(?<login>[^@/?#]*)@)?(?<hosts>[^/?#]*)(?:\/(?<database>[^?#]*))?(?:\?(?<query>[^#]*))?$/;

/**
 * @throws {RangeError} The URL or a variable is not one; the message quotes the part that is wrong, and never a
 * password.
 */
export function connectionSettings(url: string, environment: Environment): ConnectionSettings {
  const parts = URL_PARTS.exec(url)?.groups;
  if (parts === undefined) {
    throw new RangeError(
      `Cannot read the URL of the database "${withoutSecrets(url)}": wanted postgres://USER@HOST:PORT/DATABASE`,
    );
  }
  const parameters = new URLSearchParams(parts.query ?? '');
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) {
      throw new RangeError(
        `Cannot use parameter "${name}" in the URL of the database: wanted one of ${PARAMETERS.join(', ')}`,
      );
    }
  }
  const [user = '', password] = splitOnce(parts.login ?? '', ':');
  const hosts = hostsOf(parts.hosts ?? '', parameters, environment);
  const name = decode(user, 'user') || environment.PGUSER || environment.USER || 'postgres';
  return {
    hosts,
    user: name,
    password: password === undefined ? environment.PGPASSWORD : decode(password, undefined),
    database: decode(parts.database ?? '', 'database') || environment.PGDATABASE || name,
    tls: tlsMode(parameters.get('sslmode') ?? environment.PGSSLMODE, hosts),
    tlsFiles: tlsFiles(parameters, environment),
    applicationName: parameters.get('application_name') ?? environment.PGAPPNAME ?? 'annals',
  };
}

/** @returns The URL with stars where its password is, for messages. */
function withoutSecrets(url: string): string {
  // Up to the last @: a password may hold one by mistake.
  return url.replace(/(:\/\/[^:@/]*):.*@/, '$1:***@').replace(/(password=)[^&]*/gi, '$1***');
}

/**
 * @param files What the files of `tlsFiles` hold.
 * @returns For `pg`; false is no TLS.
 */
export function tlsOptions(
  { tls }: ConnectionSettings,
  files: { readonly ca?: string; readonly certificate?: string; readonly key?: string },
): ConnectionOptions | false {
  if (tls === 'disable') return false;
  return {
    ...(files.ca !== undefined && { ca: files.ca }),
    ...(files.certificate !== undefined && { cert: files.certificate }),
    ...(files.key !== undefined && { key: files.key }),
    rejectUnauthorized: tls !== 'require',
    ...(tls !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

function hostsOf(text: string, parameters: URLSearchParams, environment: Environment): readonly DatabaseHost[] {
  const ports = (parameters.get('port') ?? environment.PGPORT ?? '5432').split(',');
  const listed = text === '' ? (parameters.get('host') ?? environment.PGHOST ?? 'localhost') : text;
  return listed.split(',').map((item, index) => {
    const match = /^(?:\[(?<address>[^\]]+)\]|(?<host>[^:]*))(?::(?<port>\d+))?$/.exec(item)?.groups;
    const port = Number(match?.port ?? ports[index] ?? ports[0]);
    const host = match?.address ?? decode(match?.host ?? '', 'host');
    if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new RangeError(`Cannot use host "${item}" in the URL of the database: wanted HOST or HOST:PORT`);
    }
    return { host, port };
  });
}

/** @returns Whether bytes on the way to the host never leave the machine. */
export function isOnThisMachine({ host }: DatabaseHost): boolean {
  return LOOPBACK.test(host);
}

/** Verified unless said otherwise, except where the bytes never leave the machine. */
function tlsMode(text: string | null | undefined, hosts: readonly DatabaseHost[]): TlsMode {
  if (text === undefined || text === null) {
    return hosts.every(isOnThisMachine) ? 'disable' : 'verify-full';
  }
  const mode = TLS_MODES.find((known) => known === text);
  if (mode === undefined) throw new RangeError(`Cannot use sslmode "${text}": wanted ${TLS_MODES.join(', ')}`);
  return mode;
}

function tlsFiles(parameters: URLSearchParams, environment: Environment): ConnectionSettings['tlsFiles'] {
  const ca = parameters.get('sslrootcert') ?? environment.PGSSLROOTCERT;
  const certificate = parameters.get('sslcert') ?? environment.PGSSLCERT;
  const key = parameters.get('sslkey') ?? environment.PGSSLKEY;
  return {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
  };
}

/** @param what Of the URL, for the message; `undefined`: the text is a secret. */
function decode(text: string, what: string | undefined): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const quoted = what === undefined ? 'the password' : `${what} "${text}"`;
    throw new RangeError(`Cannot read ${quoted} in the URL of the database: a % must begin an escaped byte`);
  }
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
