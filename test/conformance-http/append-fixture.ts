/** A server with a bucket `logs` that takes short bodies only, and appends to send to it. */
import { defaultSettings } from '@annals/server';
import { afterAll, beforeAll } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';

/** What the server's clock shows. */
export const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
/** The longest body that the server takes. */
export const LENGTH_BYTES_MAX = 1000;

export class AppendFixture {
  server!: TestServer;

  /** Starts the server before the tests of a file. */
  constructor() {
    beforeAll(async () => {
      this.server = await startTestServer({
        clock: () => AT_MS,
        settings: { limits: { ...defaultSettings.limits, bodyLengthBytesMax: LENGTH_BYTES_MAX } },
      });
      await this.server.send({ method: 'PUT', bucket: 'logs' });
    });
    afterAll(() => this.server.close());
  }

  readonly append = (
    key: string,
    position: number | string,
    body: string,
    more: Partial<TestRequest> = {},
  ): Promise<RawAnswer> =>
    this.server.send({
      method: 'POST',
      bucket: 'logs',
      key,
      body,
      ...more,
      query: { append: '', position: String(position), ...more.query },
    });

  readonly contentOf = async (key: string): Promise<string> =>
    (await this.server.send({ method: 'GET', bucket: 'logs', key })).body.toString('utf8');
}
