/**
 * What an uploader asks for with `x-oss-callback`: which application to tell of the upload, and in which words.
 * Leaves out whether that may be told (`target-policy.ts`) and telling it (`callback-sender.ts`).
 */
import { invalidArgument, JsonRefused, type OssError, parseJson } from '@annals/protocol';

/** Content type of the body of a callback. */
export type CallbackBodyType = 'application/json' | 'application/x-www-form-urlencoded';

/** A callback that is well-formed. */
export interface CallbackRequest {
  /** One to five, tried in order. */
  readonly urls: readonly URL[];
  /** Host header instead of the URL's. */
  readonly host: string | undefined;
  /** With `${...}` where variables go. */
  readonly bodyTemplate: string;
  readonly bodyType: CallbackBodyType;
  /** The uploader's own, named `x:...`. */
  readonly variables: ReadonlyMap<string, string>;
}

const URL_COUNT_MAX = 5;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Tells whether a callback asks for nothing: it is `{}`, or has nothing but empty members.
 * @param callback As for `parseCallback`.
 * @throws {OssError} `InvalidArgument` when it is no base64 of a JSON object.
 */
export function isEmptyCallback(callback: string): boolean {
  return Object.values(readDocument('x-oss-callback', callback)).every((value) => value === '' || value === null);
}

/**
 * Reads a callback.
 * @param callback Value of `x-oss-callback`: base64 of a JSON object.
 * @param variables Value of `x-oss-callback-var`: base64 of a JSON object with names that begin with `x:`.
 * @throws {OssError} `InvalidArgument`, naming which of the two is wrong and how.
 */
export function parseCallback(callback: string, variables: string | undefined): CallbackRequest {
  const document = readDocument('x-oss-callback', callback);
  const text = (name: string): string | undefined => {
    const value = document[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw refuse('x-oss-callback', callback, `${name} must be a text.`);
    return value;
  };
  const [urls, host, bodyTemplate] = [text('callbackUrl'), text('callbackHost'), text('callbackBody')];
  if (urls === undefined) throw refuse('x-oss-callback', callback, 'callbackUrl is missing.');
  if (bodyTemplate === undefined) throw refuse('x-oss-callback', callback, 'callbackBody is missing.');
  if (host !== undefined && !VISIBLE_ASCII.test(host)) {
    throw refuse('x-oss-callback', callback, 'callbackHost is no host name.');
  }
  return {
    urls: readUrls(urls, callback),
    host,
    bodyTemplate,
    bodyType: readBodyType(text('callbackBodyType'), callback),
    variables: variables === undefined ? new Map() : readVariables(variables),
  };
}

function readUrls(text: string, callback: string): readonly URL[] {
  const parts = text.split(';').map((part) => part.trim());
  const urls = parts.filter((part) => part !== '');
  if (urls.length === 0 || urls.length > URL_COUNT_MAX) {
    throw refuse('x-oss-callback', callback, `callbackUrl must have 1 to ${URL_COUNT_MAX} URLs.`);
  }
  return urls.map((url) => readUrl(url, callback));
}

function readUrl(text: string, callback: string): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  let url: URL | undefined;
  try {
    url = new URL(hasScheme ? text : `http://${text}`);
  } catch {
    // Reported below.
  }
  const isUsable =
    url !== undefined &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.hostname !== '' &&
    url.username === '' &&
    url.password === '';
  if (url === undefined || !isUsable) {
    throw refuse('x-oss-callback', callback, 'callbackUrl must be URLs of http or https without credentials.');
  }
  url.hash = '';
  return url;
}

function readBodyType(text: string | undefined, callback: string): CallbackBodyType {
  const type = text?.toLowerCase() ?? 'application/x-www-form-urlencoded';
  if (type === 'application/json' || type === 'application/x-www-form-urlencoded') return type;
  throw refuse(
    'x-oss-callback',
    callback,
    'callbackBodyType must be application/json or application/x-www-form-urlencoded.',
  );
}

function readVariables(encoded: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const [name, value] of Object.entries(readDocument('x-oss-callback-var', encoded))) {
    if (!name.startsWith('x:')) throw refuse('x-oss-callback-var', encoded, 'Names must begin with x:.');
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw refuse('x-oss-callback-var', encoded, `The value of ${name} must be a text.`);
    }
    variables.set(name, String(value));
  }
  return variables;
}

function readDocument(name: string, encoded: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    const bytes = Buffer.from(encoded, 'base64');
    document = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const isMemberTwice = error instanceof JsonRefused && error.isMemberTwice;
    throw refuse(
      name,
      encoded,
      isMemberTwice ? 'A member of it is given twice.' : 'It must be base64 of a JSON object.',
    );
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return document as Readonly<Record<string, unknown>>;
  }
  throw refuse(name, encoded, 'It must be base64 of a JSON object.');
}

function refuse(name: string, value: string, reason: string): OssError {
  return invalidArgument(name, value, `The callback configuration is not valid. ${reason}`);
}
