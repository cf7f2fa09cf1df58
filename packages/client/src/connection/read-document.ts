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
 * @param parse Makes something of the document, or throws.
 * @throws {AnnalsError} `InvalidResponse`, `NetworkFailed`.
 */
export async function readDocument<Document>(
  { response, watch }: Pick<Answer, 'response' | 'watch'>,
  action: string,
  parse: (document: string) => Document,
): Promise<Document> {
  let text: string;
  watch.start();
  try {
    text = await response.text();
  } catch (cause) {
    const code = watch.isTimedOut ? 'TimedOut' : 'NetworkFailed';
    throw new AnnalsError(code, `Cannot ${action}: the connection broke within the answer`, {
      outcome: 'not-applied',
      cause,
    });
  } finally {
    watch.close();
  }
  try {
    if (text.length > DOCUMENT_LENGTH_MAX) throw new RangeError(`The document has ${text.length} characters`);
    return parse(text);
  } catch (cause) {
    throw new AnnalsError('InvalidResponse', `Cannot ${action}: the answer is not the document it should be`, {
      outcome: 'not-applied',
      cause,
    });
  }
}
