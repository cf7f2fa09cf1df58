/** Content types by the names of files and keys. Leaves out looking into contents. */
import { lookup } from 'mrmime';

/** Text by convention, although no registry says so. */
const TEXT_ENDINGS = /\.(?:log|ndjson|jsonl|ya?ml|toml|ini|conf)$/i;

/**
 * The content type of a name.
 * @returns `undefined` for an unknown ending: the server then has its own default.
 */
export function contentTypeOf(name: string): string | undefined {
  if (/\.(?:ndjson|jsonl)$/i.test(name)) return 'application/x-ndjson';
  return lookup(name) ?? (TEXT_ENDINGS.test(name) ? 'text/plain' : undefined);
}
