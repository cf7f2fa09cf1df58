/** `x-oss-traffic-limit`: the speed a client asks for its own transfer, in bits per second, as header or query parameter. */
import { LIMITS, OssError } from '@annals/protocol';
import type { OperationRequest } from './operation.js';
import { throttleStream } from './throttle-stream.js';

const NAME = 'x-oss-traffic-limit';

/**
 * Reads the limit.
 * @returns Bytes per second, or `undefined` without a limit.
 * @throws {OssError} `InvalidArgument` when it is no number in range, or given both as header and as query parameter.
 */
export function readTrafficLimit(request: OperationRequest): number | undefined {
  const inHeader = request.headers.get(NAME);
  const inQuery = request.query.get(NAME);
  if (inHeader !== undefined && inQuery !== undefined) {
    throw new OssError('InvalidArgument', {
      message: `${NAME} must be given either as a header or as a query parameter, not as both.`,
      details: { ArgumentName: NAME, ArgumentValue: inHeader },
    });
  }
  const text = inHeader ?? inQuery;
  if (text === undefined) return undefined;
  const bitsPerSecond = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (bitsPerSecond < LIMITS.trafficLimitBitsPerSecondMin || bitsPerSecond > LIMITS.trafficLimitBitsPerSecondMax) {
    throw new OssError('InvalidArgument', {
      message: `${NAME} is invalid, should be specified between 819200(100KB/s) and 838860800(100MB/s).`,
      details: { ArgumentName: NAME, ArgumentValue: text },
    });
  }
  return bitsPerSecond / 8;
}

/**
 * Applies a limit to a transfer in either direction.
 * @param bytesPerSecond From `readTrafficLimit`; `undefined` hands the stream on as it is.
 */
export function limitTraffic(
  stream: AsyncIterable<Uint8Array>,
  bytesPerSecond: number | undefined,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return bytesPerSecond === undefined ? stream : throttleStream(stream, bytesPerSecond, signal);
}
