/** Document of Put- and GetBucketLogging: `BucketLoggingStatus`. */
import { LIMITS } from '../../limits.js';
import { utf8LengthBytes } from '../../text.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childOf, textOf, wordOf } from '../xml-element.js';
import { defined } from './optional.js';

/** Where the access log of a bucket goes. */
export interface LoggingTarget {
  readonly targetBucket: string;
  readonly targetPrefix: string;
  /** Kept, without effect: the server writes in its own name. */
  readonly loggingRole?: string;
}

/** What log names add to the prefix: bucket, time, id. */
const LOG_NAME_LENGTH_BYTES_MAX = 128;

/**
 * Writes the document.
 * @param target `undefined`: nothing is logged. `LoggingEnabled` is there all the same, because the C# SDK reads what
 *   is in it without asking; it is empty, because ali-oss takes anything in it, and the Python SDK an empty
 *   `TargetBucket`, for logging that is on.
 */
export function renderLoggingStatus(target: LoggingTarget | undefined): string {
  if (target === undefined) return renderXml('BucketLoggingStatus', { LoggingEnabled: null });
  const { targetBucket, targetPrefix, loggingRole } = target;
  return renderXml('BucketLoggingStatus', {
    LoggingEnabled: { TargetBucket: targetBucket, TargetPrefix: targetPrefix || null, LoggingRole: loggingRole },
  });
}

/**
 * Reads the document.
 * @returns The target; `undefined` for a root without content or with an empty `LoggingEnabled`, which switches logging
 * off.
 * @throws {OssError} `MalformedXML`.
 */
export function parseLoggingStatus(document: Uint8Array | string): LoggingTarget | undefined {
  return readRequestDocument(document, 'BucketLoggingStatus', readLoggingStatus);
}

function readLoggingStatus(root: XmlElement): LoggingTarget | undefined {
  const element = childOf(root, 'LoggingEnabled');
  if (element === undefined || (element.children.length === 0 && element.text.trim() === '')) return undefined;
  const targetBucket = wordOf(element, 'TargetBucket');
  if (targetBucket === undefined) {
    const isEmpty = childOf(element, 'TargetBucket') !== undefined;
    throw malformed(isEmpty ? 'TargetBucket must not be empty.' : 'LoggingEnabled must have a TargetBucket.');
  }
  const targetPrefix = textOf(element, 'TargetPrefix') ?? '';
  if (
    utf8LengthBytes(targetPrefix) > LIMITS.keyLengthBytesMax - LOG_NAME_LENGTH_BYTES_MAX ||
    /^[/\\]/.test(targetPrefix)
  ) {
    throw malformed('TargetPrefix is too long or begins with a slash.');
  }
  return { targetBucket, targetPrefix, ...defined({ loggingRole: wordOf(element, 'LoggingRole') }) };
}
