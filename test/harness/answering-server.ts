/**
 * A bare HTTP server that answers what a test wants, for tests of clients. Leaves out everything of the store:
 * `test-server.ts` and `server-process.ts` have it.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The server, on a free port of this machine. */
export interface AnsweringServer {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Ends all connections too. */
  close(): Promise<void>;
}

/** Starts it; resolves when it listens. */
export async function startAnsweringServer(listener: RequestListener): Promise<AnsweringServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
