/**
 * Reads a form up to its file, and then the file as a stream: every field that matters stands in front of it.
 * What follows the file is read past and ignored, except for a second file, which no form upload has.
 * Leaves out what the fields mean (`../operations/bucket/post-object.ts`).
 */
import { createHash, type Hash } from 'node:crypto';
import { LIMITS, OssError } from '@annals/protocol';
import { parseBoundary } from './boundary.js';
import { type PartHeaders, readPartHeaders } from './content-disposition.js';
import { PartScanner, type ScanBudget } from './part-scanner.js';

/** How much a form may hold besides its file. */
export interface FormLimits {
  readonly nameLengthBytesMax: number;
  readonly valueLengthBytesMax: number;
  /** Everything in front of the file, and again everything behind it. */
  readonly fieldsLengthBytesMax: number;
  readonly fieldCountMax: number;
}

const DEFAULT_LIMITS: FormLimits = {
  nameLengthBytesMax: LIMITS.formKeyLengthBytesMax,
  valueLengthBytesMax: LIMITS.formFieldLengthBytesMax,
  fieldsLengthBytesMax: LIMITS.formFieldsLengthBytesMax,
  fieldCountMax: LIMITS.formFieldCountMax,
};

/** What a part's headers may hold besides its name. */
const OTHER_HEADERS_LENGTH_BYTES = 1024;

/** A form whose fields are in. */
export interface ReceivedForm {
  /** Values by lower-case name; of a repeated field the first counts. */
  readonly fields: ReadonlyMap<string, string>;
  readonly file: FormFile;
}

/** The file of a form, on its way. */
export interface FormFile {
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  /**
   * Streams the file, then reads the form to its end. Once.
   * @throws {OssError} `MalformedPOSTRequest` when the form breaks off, `IncorrectNumberOfFilesInPOSTRequest` when
   *   there is a second file, `InvalidDigest` when the form is not what its Content-MD5 says; in all cases before the
   *   stream ends.
   */
  open(): AsyncGenerator<Uint8Array, void>;
}

/** What the request says of the form. */
export interface FormSource {
  readonly contentType: string | undefined;
  /** MD5 of the whole form, 16 bytes, where the request has one. */
  readonly md5: Uint8Array | undefined;
  /** The body; opened at once, read up to the file. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads the fields of a form.
 * @returns When the file begins.
 * @throws {OssError} `RequestIsNotMultiPartContent`, `MalformedPOSTRequest`, `FieldItemTooLong`,
 *   `MaxPOSTPreDataLengthExceededError`, and `IncorrectNumberOfFilesInPOSTRequest` when there is none.
 */
export async function readForm(source: FormSource, limits: FormLimits = DEFAULT_LIMITS): Promise<ReceivedForm> {
  const boundary = parseBoundary(source.contentType);
  const hash = source.md5 === undefined ? undefined : createHash('md5');
  const budget = new FieldsBudget(limits);
  const scanner = new PartScanner(hash === undefined ? source.body : hashed(source.body, hash), boundary, budget);
  try {
    const fields = new Map<string, string>();
    for (;;) {
      const part = await nextPart(scanner);
      if (part === undefined) throw wrongFileCount();
      requireShortName(part.name, limits);
      const name = part.name.toLowerCase();
      if (name === 'file') {
        return { fields, file: formFile(part, scanner, budget, hash && source.md5 && { hash, md5: source.md5 }) };
      }
      // A file under another name would otherwise be taken for the text of a field.
      if (part.filename !== undefined) throw wrongFileCount();
      budget.countField();
      const value = await readValue(scanner, budget, limits);
      if (!fields.has(name)) fields.set(name, value);
    }
  } catch (error) {
    await scanner.stop();
    throw error;
  }
}

function formFile(
  part: PartHeaders,
  scanner: PartScanner,
  budget: FieldsBudget,
  digest: { readonly hash: Hash; readonly md5: Uint8Array } | undefined,
): FormFile {
  const { filename, contentType } = part;
  async function* open(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* scanner.data();
      budget.reset();
      for (let next = await nextPart(scanner); next !== undefined; next = await nextPart(scanner)) {
        budget.countField();
        if (next.filename !== undefined || next.name.toLowerCase() === 'file') throw wrongFileCount();
      }
      await scanner.readEpilogue();
      if (digest !== undefined && Buffer.compare(digest.hash.digest(), digest.md5) !== 0) {
        throw new OssError('InvalidDigest');
      }
    } finally {
      await scanner.stop();
    }
  }
  return { filename, contentType, open };
}

async function nextPart(scanner: PartScanner): Promise<PartHeaders | undefined> {
  const headers = await scanner.nextHeaders();
  return headers === undefined ? undefined : readPartHeaders(headers);
}

/** Collects a value in one buffer that grows: a value that comes byte by byte must not cost an object per byte. */
async function readValue(scanner: PartScanner, budget: FieldsBudget, limits: FormLimits): Promise<string> {
  let bytes = Buffer.alloc(256);
  let lengthBytes = 0;
  for await (const chunk of scanner.data()) {
    budget.spend(chunk.length);
    const needed = lengthBytes + chunk.length;
    if (needed > limits.valueLengthBytesMax) throw new OssError('FieldItemTooLong', { message: VALUE_TOO_LONG });
    if (needed > bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, bytes.length * 2));
      bytes.copy(larger, 0, 0, lengthBytes);
      bytes = larger;
    }
    bytes.set(chunk, lengthBytes);
    lengthBytes = needed;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, lengthBytes));
  } catch (cause) {
    throw new OssError('MalformedPOSTRequest', { cause });
  }
}

const VALUE_TOO_LONG = 'The value of a form field is too long.';

function requireShortName(name: string, { nameLengthBytesMax }: FormLimits): void {
  if (Buffer.byteLength(name) > nameLengthBytesMax) throw new OssError('FieldItemTooLong');
}

function wrongFileCount(): OssError {
  return new OssError('IncorrectNumberOfFilesInPOSTRequest');
}

async function* hashed(source: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

/** What may still be read that is not the file. */
class FieldsBudget implements ScanBudget {
  readonly headersLengthBytesMax: number;
  readonly #limits: FormLimits;
  #lengthBytes = 0;
  #fieldCount = 0;

  constructor(limits: FormLimits) {
    this.#limits = limits;
    this.headersLengthBytesMax = limits.nameLengthBytesMax + OTHER_HEADERS_LENGTH_BYTES;
  }

  spend(lengthBytes: number): void {
    this.#lengthBytes += lengthBytes;
    if (this.#lengthBytes > this.#limits.fieldsLengthBytesMax) throw new OssError('MaxPOSTPreDataLengthExceededError');
  }

  countField(): void {
    this.#fieldCount += 1;
    if (this.#fieldCount > this.#limits.fieldCountMax) throw new OssError('MaxPOSTPreDataLengthExceededError');
  }

  /** The file has passed: the same bounds begin again for what follows. */
  reset(): void {
    this.#lengthBytes = 0;
    this.#fieldCount = 0;
  }
}
