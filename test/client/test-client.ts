/** A server in this process and a client of it, for tests of single calls. */
import { AnnalsError, type Client, type ConnectionOptions, createClient, type StaticKeys } from '@annals/client';
import { seededRandom } from '@annals/store/conformance';
import { ROOT, startTestServer, type TestServer, type TestServerOptions } from '../harness/test-server.js';

/** A client and what it talks to. */
export interface ServedClient {
  readonly client: Client;
  readonly server: TestServer;
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Another client of the same server. */
  connect(options?: Partial<ConnectionOptions & StaticKeys>): Client;
}

/** Starts a server with the bucket `logs` and whatever is asked for. */
export async function serveClient(options: TestServerOptions = {}): Promise<ServedClient> {
  const server = await startTestServer({ isSilent: true, buckets: ['logs'], ...options });
  const endpoint = `http://${server.host}`;
  const connect: ServedClient['connect'] = (more = {}) => createClient({ endpoint, ...ROOT, ...more });
  return { client: connect(), server, endpoint, connect };
}

/** The error that a call ends with. @throws When it does not fail, or with something else. */
export async function failureOf(call: Promise<unknown>): Promise<AnnalsError> {
  const error = await call.then(
    () => new Error('The call did not fail as it should'),
    (reason: unknown) => reason,
  );
  if (error instanceof AnnalsError) return error;
  throw error;
}

/** Everything that pages give. */
export async function collect<Page, Row>(
  pages: AsyncIterable<Page>,
  rowsOf: (page: Page) => readonly Row[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) rows.push(...rowsOf(page));
  return rows;
}

/** Bytes that are not all alike, the same for the same seed. */
export function patternBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  return new Uint8Array(seededRandom(seed).bytes(length));
}
