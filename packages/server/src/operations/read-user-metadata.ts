/** User metadata: the `x-oss-meta-*` headers of a writer. */
import { LIMITS, OssError, utf8LengthBytes } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

const PREFIX = 'x-oss-meta-';
const NAME = /^[a-z0-9-]+$/;

/**
 * Reads all `x-oss-meta-*` headers in the order sent.
 * @returns Lower-case names without the prefix.
 * @throws {OssError} `InvalidArgument` for a name outside `[A-Za-z0-9-]` or more than 8 KiB of names and values.
 */
export function readUserMetadata(request: OperationRequest): Readonly<Record<string, string>> {
  const entries: (readonly [string, string])[] = [];
  let lengthBytes = 0;
  for (const [header, value] of request.headers) {
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    if (!NAME.test(name)) {
      throw new OssError('InvalidArgument', {
        message: 'The name of user metadata may contain only letters, digits and hyphens.',
        details: { ArgumentName: header, ArgumentValue: value },
      });
    }
    lengthBytes += name.length + utf8LengthBytes(value);
    entries.push([name, value]);
  }
  if (lengthBytes > LIMITS.userMetadataLengthBytesMax) {
    throw new OssError('InvalidArgument', {
      message: `The total length of user metadata must not exceed ${LIMITS.userMetadataLengthBytesMax} bytes.`,
      details: { ArgumentName: PREFIX },
    });
  }
  // `fromEntries` defines own properties, so that a header `x-oss-meta-__proto__` cannot reach a prototype (nor pass the name rule).
  return Object.fromEntries(entries);
}
