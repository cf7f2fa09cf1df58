/**
 * The error document: written for an `OssError`, read back from any server. The one place where errors become
 * responses. Leaves out logging and the mapping of store failures to codes.
 */
import { LIMITS } from '../limits.js';
import { parseXml, type XmlElement } from '../xml/parse-xml.js';
import { renderXml, type XmlContent, type XmlValue } from '../xml/render-xml.js';
import { wordOf } from '../xml/xml-element.js';
import type { OssError } from './oss-error.js';

/** What the request adds to an error's document. */
export interface ErrorContext {
  /** 24 upper-case hex digits, the same as in `x-oss-request-id`. */
  readonly requestId: string;
  /** Host header of the request. */
  readonly hostId: string;
}

/** A whole error response. */
export interface ErrorResponse {
  readonly status: number;
  /** Headers to add to those that every response has. */
  readonly headers: Readonly<Record<string, string>>;
  /** The document; `''` where the response must not have a body. */
  readonly body: string;
}

/**
 * An error document as some server wrote it. Missing elements are `undefined`; the code may be unknown to our table.
 */
export interface ParsedError {
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly requestId: string | undefined;
  readonly hostId: string | undefined;
  readonly ec: string | undefined;
  /** The other elements; children of a nested element as `Outer.Inner`. */
  readonly details: Readonly<Record<string, string>>;
}

const RECOMMEND_DOC = 'https://api.aliyun.com/troubleshoot?q=';
/** A foreign server's error page may be anything; a document of ours has a few hundred bytes. */
const ERROR_DOCUMENT_LENGTH_BYTES_MAX = LIMITS.configurationBodyLengthBytesMax;
const KNOWN_ELEMENTS: readonly string[] = ['Code', 'Message', 'RequestId', 'HostId', 'EC', 'RecommendDoc'];

/**
 * Writes the error document. Elements in the public service's order: Code, Message, RequestId, HostId, details, EC,
 * RecommendDoc; empty ones are left out. A detail named `Outer.Inner` is written inside an element `Outer`.
 *
 * @param error The error; its cause is not written.
 * @param context Request id and host.
 * @returns The document.
 */
export function renderErrorXml(error: OssError, context: ErrorContext): string {
  return renderXml('Error', {
    Code: error.code,
    Message: readable(error.message),
    RequestId: context.requestId,
    HostId: readable(context.hostId),
    ...nestDetails(error.details),
    EC: error.ec,
    RecommendDoc: error.ec === undefined ? undefined : `${RECOMMEND_DOC}${error.ec}`,
  });
}

/** A strict parser must be able to read an error, whatever it quotes; what it quotes need not lead anywhere. */
function readable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}

/**
 * Makes the response for an error: status, `x-oss-ec`, the error's own headers, and the document as the body, or, where
 * a response has no body (HEAD), as base64 in `x-oss-err`. A document too long for a header goes without its details.
 *
 * @param error The error.
 * @param context Request id, host and method of the request.
 */
export function renderError(error: OssError, context: ErrorContext & { readonly method: string }): ErrorResponse {
  const headers: Record<string, string> = { ...error.headers };
  if (error.ec !== undefined) headers['x-oss-ec'] = error.ec;
  // 304 never has a body, and no SDK looks for a document in its headers.
  if (error.status === 304) return { status: error.status, headers, body: '' };
  const body = renderErrorXml(error, context);
  if (context.method !== 'HEAD') {
    headers['Content-Type'] = 'application/xml';
    return { status: error.status, headers, body };
  }
  const encoded = toBase64(body);
  headers['x-oss-err'] =
    encoded.length <= LIMITS.errorHeaderLengthBytesMax ? encoded : toBase64(renderShortErrorXml(error, context));
  return { status: error.status, headers, body: '' };
}

/**
 * Reads an error document. Tolerant: any root, missing elements, other orders.
 * @param document The body, UTF-8 bytes or text.
 * @returns What it says, or `undefined` if it is no XML document with a code or a message (an HTML page, an empty
 * body).
 */
export function parseErrorXml(document: Uint8Array | string): ParsedError | undefined {
  let root: XmlElement;
  try {
    root = parseXml(document, { lengthBytesMax: ERROR_DOCUMENT_LENGTH_BYTES_MAX });
  } catch {
    // A body that is no document is an answer too: the caller falls back to the status.
    return undefined;
  }
  const code = wordOf(root, 'Code');
  const message = wordOf(root, 'Message');
  if (code === undefined && message === undefined) return undefined;
  return {
    code,
    message,
    requestId: wordOf(root, 'RequestId'),
    hostId: wordOf(root, 'HostId'),
    ec: wordOf(root, 'EC'),
    details: collectDetails(root.children.filter((child) => !KNOWN_ELEMENTS.includes(child.name))),
  };
}

/**
 * Reads the header `x-oss-err` of a response without a body.
 * @param value Header value, base64 of the document.
 * @returns What the document says, or `undefined` if it is none.
 */
export function parseErrorHeader(value: string): ParsedError | undefined {
  let binary: string;
  try {
    binary = atob(value.trim());
  } catch {
    return undefined;
  }
  return parseErrorXml(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}

function renderShortErrorXml(error: OssError, context: ErrorContext): string {
  // A message can quote the request, so it is cut as well.
  const message = error.message.slice(0, 256);
  return renderXml('Error', { Code: error.code, Message: message, RequestId: context.requestId, EC: error.ec });
}

function nestDetails(details: Readonly<Record<string, string>>): XmlContent {
  const flat: Record<string, XmlValue> = {};
  const nested: Record<string, Record<string, string>> = {};
  for (const [name, quoted] of Object.entries(details)) {
    const value = readable(quoted);
    const dot = name.indexOf('.');
    if (dot < 0) {
      flat[name] = value;
      continue;
    }
    const outer = name.slice(0, dot);
    const inner = nested[outer] ?? {};
    inner[name.slice(dot + 1)] = value;
    nested[outer] = inner;
    flat[outer] = inner;
  }
  return flat;
}

function collectDetails(children: readonly XmlElement[]): Record<string, string> {
  const details: [string, string][] = [];
  for (const child of children) {
    if (child.children.length === 0) details.push([child.name, child.text]);
    for (const inner of child.children) details.push([`${child.name}.${inner.name}`, inner.text]);
  }
  return Object.fromEntries(details);
}

function toBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
