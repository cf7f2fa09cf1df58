/**
 * Reads the XML document of a successful answer. Leaves out what its elements mean (the protocol package's readers
 * know).
 */
import { AnnalsError } from '../error.js';
import type { Answer } from './attempt.js';

/**
 * Far beyond the longest page a server gives: 1000 keys of 1023 bytes, each of them escaped, with everything around
 * them.
 */
const DOCUMENT_LENGTH_MAX = 16 * 1024 * 1024;

/**
 * @param changes Whether the call may have changed something: then a broken answer leaves it in doubt, and a wrong one
 * comes after the change.
 * @param parse Makes something of the document and the headers, or throws.
 * @throws {AnnalsError} `InvalidResponse`, `NetworkFailed`, `TimedOut`, and what `parse` throws of its own.
 */
export async function readDocument<Document>(
  { response, watch }: Pick<Answer, 'response' | 'watch'>,
  action: string,
  changes: boolean,
  parse: (document: string, headers: Headers) => Document,
): Promise<Document> {
  let text: string;
  watch.start();
  try {
    text = await watch.until(response.text());
  } catch (cause) {
    const code = watch.isTimedOut ? 'TimedOut' : 'NetworkFailed';
    throw new AnnalsError(code, `Cannot ${action}: the connection broke within the answer`, {
      outcome: changes ? 'unknown' : 'not-applied',
      cause,
    });
  } finally {
    watch.close();
  }
  try {
    if (text.length > DOCUMENT_LENGTH_MAX) throw new RangeError(`The document has ${text.length} characters`);
    return parse(text, response.headers);
  } catch (cause) {
    if (cause instanceof AnnalsError) throw cause;
    throw new AnnalsError('InvalidResponse', `Cannot ${action}: the answer is not the document it should be`, {
      outcome: changes ? 'applied' : 'not-applied',
      cause,
    });
  }
}
