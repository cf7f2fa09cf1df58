/** What holds for all buckets at once, kept by name as data, as a bucket's own configurations are. */
import type { StoreContext } from '../context/store-context.js';
import { serviceConfigurationKey } from '../records/key-space.js';
import { anything, decodeJsonRow } from '../records/row-decoder.js';

/** @see ObjectStore.serviceConfiguration, which says what it promises. */
export async function serviceConfiguration(context: StoreContext, name: string): Promise<unknown> {
  const entry = await context.keyValues.get(serviceConfigurationKey(name));
  if (entry === undefined) return undefined;
  return decodeJsonRow(entry.value, anything, () => entry.key);
}

/** @see ObjectStore.setServiceConfiguration, which says what it promises. */
export async function setServiceConfiguration(context: StoreContext, name: string, value: unknown): Promise<void> {
  const key = serviceConfigurationKey(name);
  await context.keyValues.commit(
    value === undefined ? { deletes: [key] } : { puts: [{ key, value: Buffer.from(JSON.stringify(value), 'utf8') }] },
  );
}
