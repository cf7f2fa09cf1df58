/** A server with a private bucket `films` and a public one, and uploads in parts to it. */
import { createHash } from 'node:crypto';
import { parseXml } from '@annals/protocol';
import { afterAll, beforeAll } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { completeDocument } from './http-upload-driver.js';

/** What the server's clock shows. */
const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
/** As short as a part that is not the last may be. */
export const PART = Buffer.alloc(100 * 1024, 'p');
export const UNKNOWN_UPLOAD = 'F'.repeat(32);

export class MultipartFixture {
  server!: TestServer;

  /** Starts the server before the tests of a file. */
  constructor() {
    beforeAll(async () => {
      this.server = await startTestServer({ clock: () => AT_MS });
      for (const bucket of ['films', 'public']) await this.server.send({ method: 'PUT', bucket });
      const headers = { 'x-oss-acl': 'public-read-write' };
      await this.server.send({ method: 'PUT', bucket: 'public', query: { acl: '' }, headers });
    });
    afterAll(() => this.server.close());
  }

  readonly send = (request: Omit<TestRequest, 'bucket'> & { readonly bucket?: string }): Promise<RawAnswer> =>
    this.server.send({ bucket: 'films', ...request });

  /** @returns The id of the upload; empty when it was refused. */
  readonly initiate = async (key: string, headers: Record<string, string> = {}): Promise<string> => {
    const { body } = await this.send({ method: 'POST', key, query: { uploads: '' }, headers });
    return parseXml(body).children.find(({ name }) => name === 'UploadId')?.text ?? '';
  };

  readonly upload = (key: string, uploadId: string, partNumber: number | string, body: Uint8Array, headers = {}) =>
    this.send({ method: 'PUT', key, query: { partNumber: String(partNumber), uploadId }, headers, body });

  /** Completes an upload of these parts. */
  readonly complete = (
    key: string,
    uploadId: string,
    parts: readonly (readonly [number, Uint8Array])[],
    headers = {},
  ) => {
    const listed = parts.map(([partNumber, bytes]) => ({ partNumber, etag: md5Etag(bytes) }));
    return this.send({ method: 'POST', key, query: { uploadId }, headers, body: completeDocument(listed) });
  };
}

export function md5Etag(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex').toUpperCase();
}
