/** User metadata: the `x-oss-meta-*` headers of an object. */
import { OssError } from '../error/oss-error.js';
import { type RequestHeaders, USER_METADATA_PREFIX } from '../headers.js';
import { LIMITS } from '../limits.js';
import { invalidArgument } from './refuse.js';

/**
 * The documented set is `[A-Za-z0-9-]`. `_` is accepted besides: programs send it, HTTP carries it, and refusing would
 * break them for nothing.
 */
const NAME = /^[a-z0-9_-]+$/;
/** A header value is visible text, spaces and tabs; bytes above 0x7f are kept as they are. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** User metadata by name without prefix, in lower case; values as they were on the wire. */
export type UserMetadata = Readonly<Record<string, string>>;

/**
 * Collects and checks the user metadata of a request.
 * @returns By name without `x-oss-meta-`, in lower case.
 * @throws {OssError} `InvalidArgument` for an illegal name or value, or more than 8 KiB of names and values together.
 */
export function readUserMetadata(headers: RequestHeaders): UserMetadata {
  let entries: [string, string][] | undefined;
  let lengthBytes = 0;
  for (const [header, value] of headers) {
    if (!header.startsWith(USER_METADATA_PREFIX)) continue;
    const name = header.slice(USER_METADATA_PREFIX.length);
    if (!NAME.test(name))
      throw invalidArgument(header, value, 'The name of user metadata may have letters, digits and -.');
    if (CONTROL.test(value)) throw invalidArgument(header, '', 'The value of user metadata has a control character.');
    // On the wire a header has one byte per character.
    lengthBytes += name.length + value.length;
    if (lengthBytes > LIMITS.userMetadataLengthBytesMax) {
      throw new OssError('InvalidArgument', {
        message: `The total size of user metadata must not exceed ${LIMITS.userMetadataLengthBytesMax} bytes.`,
        details: { ArgumentName: USER_METADATA_PREFIX },
      });
    }
    entries ??= [];
    entries.push([name, value]);
  }
  // fromEntries defines own properties, so a name like __proto__ is only a name.
  return entries === undefined ? {} : Object.fromEntries(entries);
}
