/**
 * Holds an answer to the bytes a second that its bucket and its user may take. Leaves out the rates
 * (`../limits/transfer-rates.ts`).
 */
import { paceStream, type TransferPace, type TransferRates } from '../limits/transfer-rates.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { OperationResponse } from '../response.js';

/**
 * @returns The answer; of a read, when its first bytes may go out. Answers to changes wait for nothing, their bytes
 * count.
 * @throws {OssError} `SlowDown` where a read would wait too long; the answer is released then.
 */
export async function paceAnswer(
  response: OperationResponse,
  pace: TransferPace,
  request: Pick<OperationRequest, 'method' | 'signal'>,
  transfers: TransferRates,
): Promise<OperationResponse> {
  const { body } = response;
  if (body === undefined || request.method === 'HEAD') return response;
  if (request.method !== 'GET') {
    if (body instanceof Uint8Array) pace.note(body.length);
    return response;
  }
  try {
    transfers.begin(pace, body.length);
    if (!(body instanceof Uint8Array)) {
      const stream = paceStream(body.stream, pace, () => request.signal);
      return { ...response, body: { ...body, stream } };
    }
    for (let left = body.length; left > 0; left -= pace.pieceLengthBytesMax) {
      await pace.pass(Math.min(left, pace.pieceLengthBytesMax), () => request.signal);
    }
    return response;
  } catch (error) {
    response.release?.();
    throw error;
  }
}
