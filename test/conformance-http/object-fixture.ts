/** A server with a private bucket `data`, a public one `readable`, and an object of a thousand bytes. */
import { createHash } from 'node:crypto';
import { defaultSettings } from '@annals/server';
import { afterAll, beforeAll } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';

/** What the server's clock shows. */
const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
/** Content of the object `thousand`. */
export const THOUSAND = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));

export class ObjectFixture {
  server!: TestServer;

  /** Starts the server before the tests of a file. */
  constructor() {
    beforeAll(async () => {
      this.server = await startTestServer({
        clock: () => AT_MS,
        settings: { limits: { ...defaultSettings.limits, bodyLengthBytesMax: 10_000 } },
      });
      for (const bucket of ['data', 'readable']) await this.server.send({ method: 'PUT', bucket });
      const headers = { 'x-oss-acl': 'public-read' };
      await this.server.send({ method: 'PUT', bucket: 'readable', query: { acl: '' }, headers });
      await this.put('thousand', THOUSAND);
    });
    afterAll(() => this.server.close());
  }

  readonly put = (key: string, body: string | Uint8Array, more: Partial<TestRequest> = {}): Promise<RawAnswer> =>
    this.server.send({ method: 'PUT', bucket: 'data', key, body, ...more });

  readonly get = (key: string, more: Partial<TestRequest> = {}): Promise<RawAnswer> =>
    this.server.send({ method: 'GET', bucket: 'data', key, ...more });
}

export function md5Of(content: string | Uint8Array): Buffer {
  return createHash('md5').update(content).digest();
}
