/** Calls the admin API of a server. Leaves out what the calls mean (`../commands`). */
import { createHash } from 'node:crypto';
import { Query, signHeadersV4 } from '@annals/protocol';
import { CommandFailure, describeError, EXIT_CODES } from '../command-failure.js';
import type { ConnectionOptions } from '../connect.js';
import { exitCodeOfStatus } from '../describe-client-error.js';
import { type AdminAnswer, readAnswer } from './read-answer.js';

/** The connection, with its key. */
export interface SignedConnection {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

const ANSWER_TIMEOUT_MS = 60_000;

/** @throws {CommandFailure} Exit code 2 without a key pair. */
export function requireKeyPair(options: ConnectionOptions): SignedConnection {
  const { accessKeyId, accessKeySecret } = options;
  if (accessKeyId === undefined || accessKeySecret === undefined) {
    throw new CommandFailure('Cannot sign requests: OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET are not both set', {
      exitCode: EXIT_CODES.usage,
    });
  }
  return { ...options, accessKeyId, accessKeySecret };
}

/**
 * Calls the API.
 * @param path Names of the route behind `/-/admin/`, each as it is.
 * @throws {CommandFailure} The server cannot be reached, or refuses; with its words.
 */
export async function callAdmin(
  connection: SignedConnection,
  method: string,
  path: readonly string[],
  values?: object,
): Promise<AdminAnswer> {
  const body = values === undefined ? undefined : JSON.stringify(values);
  const headers = new Map<string, string>();
  if (body !== undefined) {
    headers.set('content-type', 'application/json');
    headers.set('content-md5', createHash('md5').update(body).digest('base64'));
  }
  const url = serviceUrl(connection, `/-/admin/${path.map(encodeURIComponent).join('/')}`);
  const text = await send(url, {
    method,
    headers: signedHeaders(connection, method, path, headers),
    ...(body && { body }),
  });
  return text.isRight ? text.answer : fail(text.answer, text.status);
}

/** An answer in bytes, or what the server says instead. */
export type BytesAnswer =
  | { readonly bytes: Uint8Array }
  | { readonly bytes?: undefined; readonly status: number; readonly message: string };

/**
 * Reads a route whose answer is bytes.
 * @throws {CommandFailure} The server cannot be reached.
 */
export async function readAdmin(connection: SignedConnection, path: readonly string[]): Promise<BytesAnswer> {
  const url = serviceUrl(connection, `/-/admin/${path.map(encodeURIComponent).join('/')}`);
  try {
    const response = await fetch(url, {
      headers: signedHeaders(connection, 'GET', path, new Map()),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status === 200) return { bytes };
    return { status: response.status, message: messageOf(bytes) };
  } catch (error) {
    throw unreachable(url, error);
  }
}

function messageOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  const message = readAnswer(text)?.message;
  return message === undefined ? text : String(message);
}

function signedHeaders(
  connection: SignedConnection,
  method: string,
  path: readonly string[],
  headers: ReadonlyMap<string, string>,
): Record<string, string> {
  const signed = signHeadersV4({
    request: { method, query: new Query([]), headers: new Map(headers) },
    resource: { bucket: '-', key: `admin/${path.join('/')}` },
    credentials: connection,
    nowMs: Date.now(),
    region: connection.region,
  });
  return { ...Object.fromEntries(headers), ...signed };
}

function unreachable(url: URL, error: unknown): CommandFailure {
  const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return new CommandFailure(`Cannot reach ${url.origin}: ${describeError(reason)}`, {
    exitCode: EXIT_CODES.unreachable,
    cause: error,
  });
}

/**
 * @returns The URL of a path of the server; its endpoint may come without a scheme.
 * @throws {CommandFailure} The endpoint is no URL.
 */
export function serviceUrl({ endpoint }: Pick<SignedConnection, 'endpoint'>, path: string): URL {
  try {
    return new URL(path, /^https?:\/\//.test(endpoint) ? endpoint : `http://${endpoint}`);
  } catch (cause) {
    throw new CommandFailure(`Cannot use the endpoint "${endpoint}": expected a URL`, {
      exitCode: EXIT_CODES.usage,
      cause,
    });
  }
}

/**
 * Sends a request whose answer is JSON.
 * @throws {CommandFailure} The server cannot be reached, or its answer is not JSON.
 */
export async function send(
  url: URL,
  request: { readonly method: string; readonly headers: Record<string, string>; readonly body?: string },
): Promise<{
  readonly isRight: boolean;
  readonly status: number;
  readonly answer: AdminAnswer;
  readonly neverMatching: string | null;
}> {
  let status: number;
  let neverMatching: string | null;
  let text: string;
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    status = response.status;
    neverMatching = response.headers.get('x-oss-annals-never-matching');
    text = await response.text();
  } catch (error) {
    throw unreachable(url, error);
  }
  const answer = readAnswer(text);
  if (answer !== undefined) return { isRight: status < 400, status, answer, neverMatching };
  throw new CommandFailure(`Cannot understand ${url.origin}: status ${status} and no JSON; is it an annals server?`);
}

/** @throws {CommandFailure} With what the server says, and the exit code of its status. */
export function fail(answer: AdminAnswer, status: number): never {
  const [code, message] = [answer.code ?? answer.Code, answer.message ?? answer.Message];
  throw new CommandFailure(`${String(message ?? 'The server refused')} (${String(code ?? 'no code')})`, {
    exitCode: exitCodeOfStatus(status),
    ...(code !== undefined && { code: String(code) }),
  });
}
