/**
 * Looks at the beginning of a streamed body before its status line goes out: bytes that cannot be read are an error the
 * client is told, and not a connection that breaks, which it would try again for ever. Leaves out what comes later in
 * the body: there the connection is all that can be cut.
 */
import type { OperationResponse, StreamedBody } from '../response.js';

/**
 * A short beginning would still be in memory when what comes behind it fails, and go down with the connection: as if
 * nothing had been answered.
 */
const BEGINNING_LENGTH_BYTES = 16 * 1024;

/**
 * @returns The answer, its first bytes read and verified unless it is live, so that the next to be waited for are those
 * behind them. At once where nothing is to be read.
 * @throws Whatever reading them throws, by the promise; the answer is released then.
 */
export function beginBody(response: OperationResponse, method: string): OperationResponse | Promise<OperationResponse> {
  const { body } = response;
  if (body === undefined || body instanceof Uint8Array || body.isLive || method === 'HEAD') return response;
  return beginStream(response, body);
}

async function beginStream(response: OperationResponse, body: StreamedBody): Promise<OperationResponse> {
  const iterator = body.stream[Symbol.asyncIterator]();
  const beginning: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  try {
    while (length < BEGINNING_LENGTH_BYTES && !isWhole) {
      const result = await iterator.next();
      if (result.done === true) {
        isWhole = true;
      } else {
        beginning.push(result.value);
        length += result.value.length;
      }
    }
  } catch (error) {
    response.release?.();
    throw error;
  }
  const [only] = beginning;
  if (isWhole && length === body.length) {
    return { ...response, body: beginning.length === 1 && only !== undefined ? only : Buffer.concat(beginning) };
  }
  return {
    ...response,
    body: { length: body.length, stream: resume(beginning, iterator) },
    release() {
      // Without a reader, it releases what it has open.
      iterator.return?.().catch(() => undefined);
      response.release?.();
    },
  };
}

async function* resume(
  beginning: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* beginning;
    for (let result = await iterator.next(); result.done !== true; result = await iterator.next()) yield result.value;
  } finally {
    await iterator.return?.();
  }
}
