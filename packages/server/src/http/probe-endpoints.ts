/**
 * The pages of the server itself: `/-/healthz`, `/-/readyz`, `/-/metrics` and `/-/callback-public-key.pem`. `-` is no legal bucket name, so they hide nobody's data; they
 * are looked for before anything else of the request, whatever its Host says. They ask for no signature: keep the port from strangers
 * or a proxy in front that hides these pages.
 */
import type { ServerMetrics } from '../observe/metrics.js';
import type { OperationResponse } from '../operations/operation.js';

/** Answers one of the server's own pages. */
export type ProbeEndpoint = () => Promise<OperationResponse>;

/** Resolves while the server can serve: the store answers and still acknowledges writes. */
export type ReadinessCheck = () => Promise<void>;

/**
 * @param isReady Rejects when the server should get no requests.
 * @param readPublicKey Gives what applications verify callbacks with.
 * @returns The pages by path.
 */
export function probeEndpoints(
  metrics: ServerMetrics,
  isReady: ReadinessCheck,
  readPublicKey: () => Promise<string>,
): ReadonlyMap<string, ProbeEndpoint> {
  return new Map<string, ProbeEndpoint>([
    ['/-/healthz', async () => page(200, 'ok\n')],
    [
      '/-/readyz',
      async () => {
        try {
          await isReady();
          return page(200, 'ready\n');
        } catch (error) {
          return page(503, `not ready: ${error instanceof Error ? error.message : 'unknown'}\n`);
        }
      },
    ],
    ['/-/callback-public-key.pem', async () => page(200, await readPublicKey(), 'application/x-pem-file')],
    ['/-/metrics', async () => page(200, await metrics.render(), metrics.contentType)],
  ]);
}

function page(status: number, text: string, contentType = 'text/plain; charset=utf-8'): OperationResponse {
  return { status, headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' }, body: Buffer.from(text) };
}
