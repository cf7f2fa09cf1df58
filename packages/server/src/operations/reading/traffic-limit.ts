/** `x-oss-traffic-limit`: the speed a client asks for its own transfer, in either direction. */
import { parseTrafficLimit, REQUEST_HEADERS } from '@annals/protocol';
import { ownPace, paceStream, SYSTEM_TRANSFER_CLOCK } from '../../limits/transfer-rates.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { OperationResponse } from '../../response.js';

/**
 * Reads the limit, and notes that the answer is to tell how long the transfer was held back.
 * @returns Bytes per second, or `undefined` without a limit.
 * @throws {OssError} `InvalidArgument` when it is no number in range, or given both as header and as query parameter.
 */
export function readTrafficLimit(request: OperationRequest): number | undefined {
  const { headers, query } = request;
  const name = REQUEST_HEADERS.trafficLimit;
  const bitsPerSecond = parseTrafficLimit(headers.get(name), query.get(name));
  if (bitsPerSecond === undefined) return undefined;
  request.heldBackMs = 0;
  return bitsPerSecond / 8;
}

/**
 * Slows an answer down to what its client asks for. How long that takes is told in its headers, so it is estimated:
 * from its length.
 * @param lengthBytes Of the answer, or of what it is made from.
 * @param bytesPerSecond From `readTrafficLimit`; `undefined` hands the stream on as it is.
 * @param request Whose signal ends the waiting; the signal costs something to make, so it is asked for only when there
 * is a limit.
 */
export function limitTraffic(
  stream: AsyncIterable<Uint8Array>,
  lengthBytes: number,
  bytesPerSecond: number | undefined,
  request: OperationRequest,
): AsyncIterable<Uint8Array> {
  if (bytesPerSecond === undefined) return stream;
  request.heldBackMs = (lengthBytes * 1000) / bytesPerSecond;
  return paceStream(stream, ownPace(bytesPerSecond), () => request.signal);
}

/** Slows an upload down to what its client asks for, and to what its bucket and its user may bring. */
export function paceUpload(
  stream: AsyncIterable<Uint8Array>,
  bytesPerSecond: number | undefined,
  request: OperationRequest,
): AsyncIterable<Uint8Array> {
  const { pace } = request;
  if (bytesPerSecond === undefined) {
    return pace === undefined ? stream : paceStream(stream, pace, () => request.signal);
  }
  const note = (durationMs: number): void => {
    request.heldBackMs = (request.heldBackMs ?? 0) + durationMs;
  };
  const limited =
    pace === undefined ? ownPace(bytesPerSecond, SYSTEM_TRANSFER_CLOCK, note) : pace.with(bytesPerSecond, note);
  return paceStream(stream, limited, () => request.signal);
}

/** Tells in an answer how long its transfer was held back, where its client asked for a limit. */
export function tellHeldBack(response: OperationResponse, { heldBackMs }: OperationRequest): OperationResponse {
  if (heldBackMs === undefined) return response;
  return { ...response, headers: { ...response.headers, 'x-oss-qos-delay-time': String(Math.round(heldBackMs)) } };
}
