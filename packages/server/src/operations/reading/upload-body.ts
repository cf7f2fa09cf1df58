/** The body of an upload on its way from the socket to the store: bounded, and as fast as the client asked for. */
import { OssError } from '@annals/protocol';
import type { BodySource } from '@annals/store';
import { beginAfter } from '../../limits/admission.js';
import type { OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { paceUpload } from './traffic-limit.js';

/**
 * Refuses an upload whose body is announced as too long, or not announced at all. Reads nothing.
 * @throws {OssError} `MissingContentLength`, or `InvalidArgument` when longer than the settings allow.
 */
export function checkAnnouncedBody({ body }: OperationRequest, { settings }: OperationContext): void {
  if (!body.announced) throw new OssError('MissingContentLength');
  if (body.length !== undefined && body.length > settings.limits.bodyLengthBytesMax) throw bodyTooLong();
}

/**
 * Makes the source the store reads an upload from. Nothing is read before the store opens it.
 * @param bytesPerSecond From `readTrafficLimit`.
 */
export function uploadBody(
  request: OperationRequest,
  context: OperationContext,
  bytesPerSecond: number | undefined,
): BodySource {
  const { body } = request;
  return {
    length: body.length,
    open() {
      // A known length was checked before; only a chunked body can still turn out too long.
      const bounded =
        body.length === undefined ? boundLength(body.open(), context.settings.limits.bodyLengthBytesMax) : body.open();
      const stream = paceUpload(bounded, bytesPerSecond, request);
      return request.turn === undefined ? stream : beginAfter(stream, request.turn);
    },
  };
}

async function* boundLength(stream: AsyncIterable<Uint8Array>, lengthBytesMax: number): AsyncGenerator<Uint8Array> {
  let lengthBytes = 0;
  for await (const chunk of stream) {
    lengthBytes += chunk.length;
    if (lengthBytes > lengthBytesMax) throw bodyTooLong();
    yield chunk;
  }
}

function bodyTooLong(): OssError {
  return new OssError('InvalidArgument', { message: 'Post body size must be less than 5G.', ec: '0017-00000102' });
}
