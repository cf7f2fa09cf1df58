/**
 * The XML documents of the S3 protocol that the engine reads and writes. What a service sends is read field by field;
 * a document that lacks one is a failure, never a guess.
 */
import { XMLParser } from 'fast-xml-parser';

/** An object in a listing. */
export interface ListedObject {
  readonly key: string;
  /** In bytes. */
  readonly length: number;
  /** Milliseconds since 1970, by the clock of the service. */
  readonly modifiedAtMs: number;
}

/** A page of a listing of objects. */
export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  /** Where the next page begins; `undefined`: this is the last. */
  readonly next: string | undefined;
}

/** A multipart upload that was not completed. */
export interface ListedUpload {
  readonly key: string;
  readonly uploadId: string;
  /** Milliseconds since 1970, by the clock of the service. */
  readonly initiatedAtMs: number;
}

/** A page of a listing of uploads. */
export interface UploadPage {
  readonly uploads: readonly ListedUpload[];
  readonly next: { readonly keyMarker: string; readonly uploadIdMarker: string } | undefined;
}

/** The parts of an upload, together. */
export interface PartPage {
  /** In bytes. */
  readonly length: number;
  /** Of the newest part; `undefined` without parts. */
  readonly modifiedAtMs: number | undefined;
  readonly next: string | undefined;
}

/** A part, as completing its upload names it. */
export interface CompletedPart {
  readonly number: number;
  /** As the service gave it, with its quotation marks. */
  readonly etag: string;
}

/** A document is not what the protocol says it is. */
export class UnreadableDocument extends Error {
  constructor(detail: string) {
    super(`the answer is not what the S3 protocol says: ${detail}`);
    this.name = 'UnreadableDocument';
  }
}

const LISTS: ReadonlySet<string> = new Set(['Contents', 'Upload', 'Part']);

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  isArray: (name) => LISTS.has(name),
});

type Element = Readonly<Record<string, unknown>>;

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readRoot(document: string, name: string): Element {
  let parsed: unknown;
  try {
    parsed = parser.parse(document);
  } catch {
    throw new UnreadableDocument('it is no XML');
  }
  const root = isElement(parsed) ? parsed[name] : undefined;
  // An element without children is an empty text.
  if (root === '') return {};
  if (!isElement(root)) throw new UnreadableDocument(`it has no ${name}`);
  return root;
}

function textOf(element: Element, name: string): string {
  const value = element[name];
  if (typeof value !== 'string' || value === '') throw new UnreadableDocument(`it has no ${name}`);
  return value;
}

function listOf(element: Element, name: string): readonly Element[] {
  const value = element[name];
  return Array.isArray(value) ? value.filter(isElement) : [];
}

function lengthOf(element: Element): number {
  const length = Number(textOf(element, 'Size'));
  if (!Number.isSafeInteger(length) || length < 0) throw new UnreadableDocument('Size is no length');
  return length;
}

function timeOf(element: Element, name: string): number {
  const atMs = Date.parse(textOf(element, name));
  if (Number.isNaN(atMs)) throw new UnreadableDocument(`${name} is no time`);
  return atMs;
}

function isTruncated(element: Element): boolean {
  return element.IsTruncated === 'true';
}

/** @throws {UnreadableDocument} */
export function readObjectPage(document: string): ObjectPage {
  const root = readRoot(document, 'ListBucketResult');
  return {
    objects: listOf(root, 'Contents').map((element) => ({
      key: textOf(element, 'Key'),
      length: lengthOf(element),
      modifiedAtMs: timeOf(element, 'LastModified'),
    })),
    next: isTruncated(root) ? textOf(root, 'NextContinuationToken') : undefined,
  };
}

/** @throws {UnreadableDocument} */
export function readUploadPage(document: string): UploadPage {
  const root = readRoot(document, 'ListMultipartUploadsResult');
  return {
    uploads: listOf(root, 'Upload').map((element) => ({
      key: textOf(element, 'Key'),
      uploadId: textOf(element, 'UploadId'),
      initiatedAtMs: timeOf(element, 'Initiated'),
    })),
    next: isTruncated(root)
      ? { keyMarker: textOf(root, 'NextKeyMarker'), uploadIdMarker: textOf(root, 'NextUploadIdMarker') }
      : undefined,
  };
}

/** @throws {UnreadableDocument} */
export function readPartPage(document: string): PartPage {
  const root = readRoot(document, 'ListPartsResult');
  const parts = listOf(root, 'Part');
  const times = parts.map((element) => timeOf(element, 'LastModified'));
  return {
    length: parts.reduce((sum, element) => sum + lengthOf(element), 0),
    modifiedAtMs: times.length === 0 ? undefined : Math.max(...times),
    next: isTruncated(root) ? textOf(root, 'NextPartNumberMarker') : undefined,
  };
}

/** @throws {UnreadableDocument} */
export function readUploadId(document: string): string {
  return textOf(readRoot(document, 'InitiateMultipartUploadResult'), 'UploadId');
}

/** @throws {UnreadableDocument} */
export function readVersioning(document: string): string {
  const { Status: status } = readRoot(document, 'VersioningConfiguration');
  return typeof status === 'string' ? status : '';
}

/** What a document of an error says; nothing when it is none. */
export function readError(document: string): { readonly code?: string; readonly message?: string } {
  try {
    const root = readRoot(document, 'Error');
    const { Code: code, Message: message } = root;
    return { ...(typeof code === 'string' && { code }), ...(typeof message === 'string' && { message }) };
  } catch {
    return {};
  }
}

/** The document that completes an upload; parts in the order of their numbers. */
export function writeCompletion(parts: readonly CompletedPart[]): string {
  const rows = parts.map(
    ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeText(etag)}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${rows.join('')}</CompleteMultipartUpload>`;
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
