/** Headers of one part of a form: which field it is, and what its sender calls the file. */
import { OssError } from '@annals/protocol';

/** What the headers of a part say. */
export interface PartHeaders {
  readonly name: string;
  /** Last part of the path, which old browsers sent whole; `undefined` when the part is not meant as a file. */
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
}

const NO_DISPOSITION_EC = '0006-00000109';
const PARAMETER = /;\s*(name|filename)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gi;

/**
 * Reads the headers of a part.
 * @param text Header lines, one character per byte.
 * @throws {OssError} `MalformedPOSTRequest` for a part that is no field of a form.
 */
export function readPartHeaders(text: string): PartHeaders {
  let disposition: string | undefined;
  let contentType: string | undefined;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) {
      // A part without any header is an empty text; a line that is none is an error.
      if (line === '') continue;
      throw new OssError('MalformedPOSTRequest');
    }
    const value = decode(line.slice(colon + 1).trim());
    const name = line.slice(0, colon).trim().toLowerCase();
    if (name === 'content-disposition') disposition ??= value;
    if (name === 'content-type') contentType ??= value;
  }
  if (disposition === undefined || !/^form-data\s*(;|$)/i.test(disposition)) {
    throw new OssError('MalformedPOSTRequest', { ec: NO_DISPOSITION_EC });
  }
  const parameters = readParameters(disposition);
  const name = parameters.get('name');
  if (name === undefined || name === '') throw new OssError('MalformedPOSTRequest');
  return { name, filename: basename(parameters.get('filename')), contentType };
}

function readParameters(disposition: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of disposition.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    // Only a quote is written with a backslash; the others are of Windows paths.
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(["\\])/g, '$1') ?? bare);
  }
  return parameters;
}

function basename(filename: string | undefined): string | undefined {
  return filename?.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);
}

function decode(byteText: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(byteText, 'latin1'));
  } catch (cause) {
    throw new OssError('MalformedPOSTRequest', { cause });
  }
}
