/**
 * A request in the STS dialect as it comes in, and its parameters: those of the query and those of a form, together.
 * Leaves out signatures.
 */
import { OssError, parseQuery, type QueryParameter } from '@annals/protocol';
import { missingParameter, StsError } from './sts-error.js';

/** Longest form that is read. The longest real one has some 4 KiB: a token of 3 KiB and a policy of 1 KiB. */
export const STS_BODY_LENGTH_BYTES_MAX = 32 * 1024;

/** What a server has received. */
export interface StsHttpRequest {
  readonly method: string;
  /** Path as sent, without the query. */
  readonly path: string;
  /** Query as sent, without `?`. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** At most `STS_BODY_LENGTH_BYTES_MAX`. */
  readonly body: Uint8Array;
  readonly host: string;
  readonly receivedAtMs: number;
}

/** Parameters by name, each once. */
export type StsParameters = ReadonlyMap<string, string>;

/**
 * Reads all parameters. A name may come once: with two, signer and reader could each mean another.
 * @throws {StsError} `InvalidParameter` for what is not well encoded, or comes twice.
 */
export function readStsParameters(request: StsHttpRequest): StsParameters {
  const parameters = new Map<string, string>();
  for (const text of [request.query, isForm(request) ? Buffer.from(request.body).toString('latin1') : '']) {
    for (const [name, value] of parseParameters(text)) {
      if (parameters.has(name))
        throw new StsError('InvalidParameter', { message: `The parameter ${name.slice(0, 64)} is given twice.` });
      parameters.set(name, value);
    }
  }
  return parameters;
}

/** @throws {StsError} The parameter is missing or empty. */
export function requireParameter(parameters: StsParameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === '') throw missingParameter(name);
  return value;
}

/** Splits and decodes a query or a form. @throws {StsError} `InvalidParameter`. */
export function parseParameters(text: string): readonly QueryParameter[] {
  try {
    return parseQuery(text).entries;
  } catch (cause) {
    if (cause instanceof OssError) throw new StsError('InvalidParameter', { cause });
    throw cause;
  }
}

function isForm({ headers, body }: StsHttpRequest): boolean {
  if (body.length === 0) return false;
  return /^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(headers.get('content-type') ?? '');
}
