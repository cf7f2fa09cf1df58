/** A bucket whose configurations are put, read and deleted over a server in the test's process. */
import { expect } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectDocument } from './expectations.js';

/** When it is, for the server. */
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
/** The bucket. */
export const BUCKET = 'configured';
/** What a document is refused with that cannot be read. */
export const MALFORMED = { status: 400, code: 'MalformedXML' };
/** What a document is refused with whose value is wrong. */
export const INVALID = { status: 400, code: 'InvalidArgument' };

/** The server, and what tests of configurations do with it. */
export interface ConfiguredBucket {
  readonly server: TestServer;
  /** Sends a request about the bucket. */
  send(method: string, query: Record<string, string>, body?: string, more?: Partial<TestRequest>): Promise<RawAnswer>;
  /** Puts a document, and expects these lines when it is read. */
  expectStored(query: Record<string, string>, put: string, lines: readonly string[]): Promise<void>;
  /** Deletes a configuration twice. */
  expectDeleted(query: Record<string, string>): Promise<void>;
}

/** Starts a server that has the bucket. */
export async function openConfiguredBucket(): Promise<ConfiguredBucket> {
  const server = await startTestServer({ clock: () => START_MS });
  await server.send({ method: 'PUT', bucket: BUCKET });
  const send: ConfiguredBucket['send'] = (method, query, body, more) =>
    server.send({ method, bucket: BUCKET, query, ...(body !== undefined && { body }), ...more });
  return {
    server,
    send,
    async expectStored(query, put, lines) {
      const stored = await send('PUT', query, put);
      expect([stored.status, stored.body.toString()]).toEqual([200, '']);
      expectDocument(await send('GET', query), lines);
    },
    async expectDeleted(query) {
      expect((await send('DELETE', query)).status).toBe(204);
      // Deleting what is not there is no error.
      expect((await send('DELETE', query)).status).toBe(204);
    },
  };
}

/** A lifecycle document of these rules. */
export function lifecycle(rules: string): string {
  return `<LifecycleConfiguration>${rules}</LifecycleConfiguration>`;
}

/** A rule of a lifecycle that is enabled. */
export function rule(prefix: string, actions: string, id = ''): string {
  return `<Rule>${id === '' ? '' : `<ID>${id}</ID>`}<Prefix>${prefix}</Prefix><Status>Enabled</Status>${actions}</Rule>`;
}
