/** `x-oss-traffic-limit`: the speed a client asks for its own transfer, in either direction. */
import { parseTrafficLimit, REQUEST_HEADERS } from '@annals/protocol';
import { ownPace, paceStream } from '../limits/transfer-rates.js';
import type { OperationRequest } from './operation.js';

/**
 * Reads the limit.
 * @returns Bytes per second, or `undefined` without a limit.
 * @throws {OssError} `InvalidArgument` when it is no number in range, or given both as header and as query parameter.
 */
export function readTrafficLimit({ headers, query }: OperationRequest): number | undefined {
  const name = REQUEST_HEADERS.trafficLimit;
  const bitsPerSecond = parseTrafficLimit(headers.get(name), query.get(name));
  return bitsPerSecond === undefined ? undefined : bitsPerSecond / 8;
}

/**
 * Slows an answer down to what its client asks for.
 * @param bytesPerSecond From `readTrafficLimit`; `undefined` hands the stream on as it is.
 * @param request Whose signal ends the waiting; the signal costs something to make, so it is asked for only when there is a limit.
 */
export function limitTraffic(
  stream: AsyncIterable<Uint8Array>,
  bytesPerSecond: number | undefined,
  request: OperationRequest,
): AsyncIterable<Uint8Array> {
  return bytesPerSecond === undefined ? stream : paceStream(stream, ownPace(bytesPerSecond), () => request.signal);
}

/** Slows an upload down to what its client asks for, and to what its bucket and its user may bring. */
export function paceUpload(
  stream: AsyncIterable<Uint8Array>,
  bytesPerSecond: number | undefined,
  request: OperationRequest,
): AsyncIterable<Uint8Array> {
  const { pace } = request;
  if (pace === undefined) return limitTraffic(stream, bytesPerSecond, request);
  return paceStream(stream, bytesPerSecond === undefined ? pace : pace.with(bytesPerSecond), () => request.signal);
}
