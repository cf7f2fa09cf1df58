/** Query parameters of which two would contradict each other. */
import type { Query } from '../query.js';
import { invalidArgument } from './refuse.js';

/**
 * Refuses a parameter that is given twice, whatever its values.
 * @param names Parameters that may be there once.
 * @throws {OssError} `InvalidArgument`, naming the parameter.
 */
export function requireOnce(query: Query, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const [name, value] of query) {
    if (!names.includes(name)) continue;
    if (seen.has(name)) throw invalidArgument(name, value, `${name} must be given once.`);
    seen.add(name);
  }
}
