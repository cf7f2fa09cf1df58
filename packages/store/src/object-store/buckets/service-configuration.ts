/** What holds for all buckets at once, kept by name as data, as a bucket's own configurations are. */
import type { StoreContext } from '../context/store-context.js';
import type { Check } from '../records/checks.js';
import { serviceConfigurationKey } from '../records/key-space.js';
import { decodeJsonRow } from '../records/row-decoder.js';

/** @see ObjectStore.serviceConfiguration, which says what it promises. */
export async function serviceConfiguration<Value>(
  context: StoreContext,
  name: string,
  check: Check<Value>,
): Promise<Value | undefined> {
  const entry = await context.keyValues.get(serviceConfigurationKey(name));
  if (entry === undefined) return undefined;
  return decodeJsonRow(entry.value, check, () => entry.key);
}

/** @see ObjectStore.setServiceConfiguration, which says what it promises. */
export async function setServiceConfiguration(context: StoreContext, name: string, value: unknown): Promise<void> {
  const key = serviceConfigurationKey(name);
  await context.keyValues.commit(
    value === undefined ? { deletes: [key] } : { puts: [{ key, value: Buffer.from(JSON.stringify(value), 'utf8') }] },
  );
}
