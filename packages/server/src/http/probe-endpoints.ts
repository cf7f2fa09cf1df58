/**
 * The pages of the server itself: `/-/healthz`, `/-/readyz`, `/-/metrics` and `/-/callback-public-key.pem`. `-` is no
 * legal bucket name, so they hide no data; the server looks for them before anything else of the request, with any Host
 * says. They ask for no signature; the settings give the first three a port of their own, or a token.
 */
import type { ServerMetrics } from '../observe/metrics.js';
import type { OperationResponse } from '../response.js';

/** Where the metrics are. */
export const METRICS_PATH = '/-/metrics';

/** One of the server's own pages. */
export interface ProbeEndpoint {
  /** Whether it is public, at the public port, independent of the settings for the others. */
  readonly isOpen: boolean;
  answer(): Promise<OperationResponse>;
}

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
    ['/-/healthz', { isOpen: false, answer: async () => page(200, 'ok\n') }],
    [
      '/-/readyz',
      {
        isOpen: false,
        async answer() {
          try {
            await isReady();
            return page(200, 'ready\n');
          } catch (error) {
            return page(503, `not ready: ${error instanceof Error ? error.message : 'unknown'}\n`);
          }
        },
      },
    ],
    [
      '/-/callback-public-key.pem',
      { isOpen: true, answer: async () => page(200, await readPublicKey(), 'application/x-pem-file') },
    ],
    [METRICS_PATH, { isOpen: false, answer: async () => page(200, await metrics.render(), metrics.contentType) }],
  ]);
}

function page(status: number, text: string, contentType = 'text/plain; charset=utf-8'): OperationResponse {
  return { status, headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' }, body: Buffer.from(text) };
}
