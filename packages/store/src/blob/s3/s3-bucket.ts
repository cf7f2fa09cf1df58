/**
 * The requests that the engine makes of a bucket, one method each. Repeating any of them is safe: objects are written
 * whole and never changed, and of an upload that was begun twice the one that is not used shows in the listing.
 */
import { createHash } from 'node:crypto';
import type { S3Body, S3Connection, S3Request, S3Response } from './s3-connection.js';
import {
  type CompletedPart,
  type ObjectPage,
  type PartPage,
  readObjectPage,
  readPartPage,
  readUploadId,
  readUploadPage,
  readVersioning,
  UnreadableDocument,
  type UploadPage,
  writeCompletion,
} from './s3-documents.js';
import { S3Failure } from './s3-failure.js';

/** Joining the parts is work that some services do while the request waits. */
const COMPLETION_TIMEOUT_MS = 300_000;

/** @returns The bytes as the body of a request. */
export function bodyOf(bytes: Uint8Array): S3Body {
  return { chunks: [bytes], length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A listing, with what its times are to be corrected by. */
export type Timed<Page> = Page & { readonly clockOffsetMs: number };

/** One bucket. Keys are whole, with the prefix. Everything throws {@link S3Failure}. */
export class S3Bucket {
  readonly connection: S3Connection;

  constructor(connection: S3Connection) {
    this.connection = connection;
  }

  /** Writes an object whole. @param isNew Whether one that is there already is to stay. @returns False: it is there. */
  async put(key: string, body: S3Body, options: { isNew?: boolean; signal?: AbortSignal } = {}): Promise<boolean> {
    const { isNew = false, signal } = options;
    const { status } = await this.connection.exchange(
      {
        action: 'write',
        method: 'PUT',
        key,
        body,
        ...(isNew && { headers: { 'if-none-match': '*' } }),
        ...(signal !== undefined && { signal }),
      },
      isNew ? [200, 412] : [200],
    );
    return status !== 412;
  }

  /** @returns The bytes of a short object; `undefined`: there is none. */
  async get(key: string): Promise<string | undefined> {
    return this.#unlessMissing(async () => {
      const { text } = await this.connection.exchange({ action: 'read', method: 'GET', key }, [200]);
      return text;
    });
  }

  /** @returns Length in bytes; `undefined`: there is no such object. @throws {S3Failure} */
  async length(key: string): Promise<number | undefined> {
    const answer = await this.connection.exchange({ action: 'look at', method: 'HEAD', key }, [200, 404]);
    if (answer.status === 404) {
      // An answer without a body cannot say what is missing: the object, or the bucket.
      await this.listObjects(key, undefined, 1);
      return undefined;
    }
    const length = Number(answer.header('content-length') ?? Number.NaN);
    if (!Number.isSafeInteger(length)) throw this.connection.brokenOff({ action: 'look at', key }, 'no length');
    return length;
  }

  /**
   * Begins to read bytes `start <= offset < end`, which must be some.
   * @returns `undefined`: there is no such object; status 416: it ends before.
   */
  async read(key: string, start: number, end: number): Promise<S3Response | undefined> {
    return this.#unlessMissing(() =>
      this.connection.open(
        { action: 'read', method: 'GET', key, headers: { range: `bytes=${start}-${end - 1}` } },
        [206, 416],
      ),
    );
  }

  /** Removes an object; one that is not there is no failure. */
  async delete(key: string): Promise<void> {
    await this.#unlessMissing(() => this.connection.exchange({ action: 'delete', method: 'DELETE', key }, [200, 204]));
  }

  /** Lists objects whose keys begin with `prefix`, from the token of the page before on. */
  async listObjects(prefix: string, token: string | undefined, countMax = 1000): Promise<Timed<ObjectPage>> {
    const query = {
      'list-type': '2',
      prefix,
      'max-keys': String(countMax),
      ...(token !== undefined && { 'continuation-token': token }),
    };
    return this.#page({ action: 'list', method: 'GET', query }, readObjectPage);
  }

  /** Lists unfinished uploads of keys that begin with `prefix`. */
  async listUploads(prefix: string, after: UploadPage['next']): Promise<Timed<UploadPage>> {
    const query = {
      uploads: '',
      prefix,
      ...(after !== undefined && { 'key-marker': after.keyMarker, 'upload-id-marker': after.uploadIdMarker }),
    };
    return this.#page({ action: 'list the unfinished uploads of', method: 'GET', query }, readUploadPage);
  }

  /** Lists the parts of an upload. @returns `undefined`: the upload is over. */
  async listParts(key: string, uploadId: string, after: string | undefined): Promise<Timed<PartPage> | undefined> {
    const query = { uploadId, ...(after !== undefined && { 'part-number-marker': after }) };
    return this.#unlessMissing(() =>
      this.#page({ action: 'list the parts of', method: 'GET', key, query }, readPartPage),
    );
  }

  /** @returns The id of a new upload. Of two attempts, the first may leave one that nobody uses. */
  async beginUpload(key: string, signal?: AbortSignal): Promise<string> {
    const request: S3Request = {
      action: 'begin the upload of',
      method: 'POST',
      key,
      query: { uploads: '' },
      // Nobody else can give up an upload whose id is not known.
      ...(signal !== undefined && { signal, isAnswerNeeded: true }),
    };
    const { text } = await this.connection.exchange(request, [200]);
    return this.#understand(request, () => readUploadId(text));
  }

  /** Writes a part. @param number From 1 on. @throws {S3Failure} */
  async putPart(
    key: string,
    uploadId: string,
    number: number,
    body: S3Body,
    signal?: AbortSignal,
  ): Promise<CompletedPart> {
    const request: S3Request = {
      action: `write part ${number} of`,
      method: 'PUT',
      key,
      query: { partNumber: String(number), uploadId },
      body,
      ...(signal !== undefined && { signal }),
    };
    const answer = await this.connection.exchange(request, [200]);
    const etag = answer.header('etag');
    if (etag === undefined) throw this.connection.brokenOff(request, 'the answer has no ETag');
    return { number, etag };
  }

  /**
   * Makes an object of the parts.
   * @returns False: there is no such upload, maybe because an earlier attempt completed it.
   */
  async completeUpload(
    key: string,
    uploadId: string,
    parts: readonly CompletedPart[],
    signal?: AbortSignal,
  ): Promise<boolean> {
    const answer = await this.#unlessMissing(() =>
      this.connection.exchange(
        {
          action: 'complete the upload of',
          method: 'POST',
          key,
          query: { uploadId },
          body: bodyOf(Buffer.from(writeCompletion(parts), 'utf8')),
          headers: { 'content-type': 'application/xml' },
          answerTimeoutMs: COMPLETION_TIMEOUT_MS,
          ...(signal !== undefined && { signal }),
        },
        [200],
      ),
    );
    return answer !== undefined;
  }

  /** @returns `Enabled`, `Suspended`, or an empty text for a bucket that never kept versions of its objects. */
  async versioning(): Promise<string> {
    const request: S3Request = { action: 'ask for the versioning of', method: 'GET', query: { versioning: '' } };
    const { text } = await this.connection.exchange(request, [200]);
    return this.#understand(request, () => readVersioning(text));
  }

  /** Gives an upload up; one that is over is no failure. */
  async abortUpload(key: string, uploadId: string): Promise<void> {
    await this.#unlessMissing(() =>
      this.connection.exchange(
        { action: 'give up the upload of', method: 'DELETE', key, query: { uploadId } },
        [200, 204],
      ),
    );
  }

  async #page<Page>(request: S3Request, read: (document: string) => Page): Promise<Timed<Page>> {
    const { text, clockOffsetMs } = await this.connection.exchange(request, [200]);
    return this.#understand(request, () => ({ ...read(text), clockOffsetMs }));
  }

  #understand<Result>(request: S3Request, read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw error instanceof UnreadableDocument
        ? new S3Failure(`Cannot ${request.action} s3://${this.connection.place.bucket}: ${error.message}`, {
            status: 200,
            cause: error,
          })
        : error;
    }
  }

  async #unlessMissing<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof S3Failure && (error.code === 'NoSuchKey' || error.code === 'NoSuchUpload')) return undefined;
      throw error;
    }
  }
}
