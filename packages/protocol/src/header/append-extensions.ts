/** Headers of the append extensions: idempotence, fencing, length guard. Malformed ones are refused, never ignored. */
import { REQUEST_HEADERS, type RequestHeaders } from '../headers.js';
import { LIMITS } from '../limits.js';
import { invalidArgument } from './refuse.js';

/** What an append asks for beyond the public service's. */
export interface AppendExtensions {
  /** Names the append, so that a repeat is answered and not applied. 1 to 64 visible ASCII characters. */
  readonly appendId?: string;
  /** The writer's epoch; lower ones than the object has seen are refused. */
  readonly writerEpoch?: number;
  /** Length in bytes that the object must not pass. */
  readonly maxLengthBytes?: number;
}

const APPEND_ID = new RegExp(`^[\\x21-\\x7e]{${LIMITS.appendIdLengthMin},${LIMITS.appendIdLengthMax}}$`);

/**
 * Reads the extension headers of an append.
 * @returns What it asks for; empty if for nothing.
 * @throws {OssError} `InvalidArgument`.
 */
export function readAppendExtensions(headers: RequestHeaders): AppendExtensions {
  const appendId = headers.get(REQUEST_HEADERS.appendId);
  if (appendId !== undefined && !APPEND_ID.test(appendId)) throw invalidArgument(REQUEST_HEADERS.appendId, appendId);
  const writerEpoch = readWholeNumber(headers, REQUEST_HEADERS.writerEpoch);
  const maxLengthBytes = readWholeNumber(headers, REQUEST_HEADERS.maxLength);
  return {
    ...(appendId !== undefined && { appendId }),
    ...(writerEpoch !== undefined && { writerEpoch }),
    ...(maxLengthBytes !== undefined && { maxLengthBytes }),
  };
}

function readWholeNumber(headers: RequestHeaders, name: string): number | undefined {
  const value = headers.get(name);
  if (value === undefined) return undefined;
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw invalidArgument(name, value);
  return number;
}
