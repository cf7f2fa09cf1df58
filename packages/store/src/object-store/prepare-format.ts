/** The format row: says what wrote this store, so that a program that does not know the format leaves it alone. */
import { formatKey } from './records/key-space.js';
import type { StoreContext } from './store-context.js';

/** Changes whenever a program of the format before would misread a row. See docs/format.md. */
export const FORMAT_VERSION = 3;
const FORMAT_NAME = 'annals';

/**
 * Writes the format row into an empty store, or checks the one that is there.
 * @throws {Error} When the store is of another format, or of none this program knows; nothing is touched then.
 */
export async function prepareFormat(context: StoreContext): Promise<void> {
  const { keyValues } = context;
  const row = (await keyValues.get(formatKey)) ?? (await writeFormat(context));
  const format = parseFormat(row.value);
  if (format === undefined || format.name !== FORMAT_NAME) {
    throw new Error('Cannot open the store: its format row is unknown, so something else wrote it');
  }
  if (format.version !== FORMAT_VERSION) {
    throw new Error(
      `Cannot open the store: it has format ${format.version}, this program reads format ${FORMAT_VERSION}`,
    );
  }
}

async function writeFormat({ keyValues }: StoreContext): Promise<{ readonly value: Uint8Array }> {
  const others = await keyValues.list({ start: Buffer.from([0]), end: Buffer.from([0xff]), limit: 1 });
  if (others.length > 0) {
    throw new Error('Cannot open the store: it holds rows but no format row, so something else wrote it');
  }
  const value = Buffer.from(JSON.stringify({ name: FORMAT_NAME, version: FORMAT_VERSION }), 'utf8');
  const outcome = await keyValues.commit({
    checks: [{ key: formatKey, version: undefined }],
    puts: [{ key: formatKey, value }],
  });
  // A lost race means that another process opens the same empty store: then its row counts.
  return outcome.committed ? { value } : ((await keyValues.get(formatKey)) ?? { value });
}

function parseFormat(value: Uint8Array): { readonly name: unknown; readonly version: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'name' in parsed && 'version' in parsed) {
      return { name: parsed.name, version: parsed.version };
    }
  } catch {
    // Not JSON: as unknown as any other content.
  }
  return undefined;
}
