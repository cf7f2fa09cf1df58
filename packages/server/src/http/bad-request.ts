/** What is said of bytes that no strict reader of HTTP takes. */
import { OssError } from '@annals/protocol';

/**
 * Makes the error; the connection must be closed behind its answer. @param message A sentence that says what is wrong.
 */
export function badRequest(message: string): OssError {
  return new OssError('BadRequest', { message });
}
