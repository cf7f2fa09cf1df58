/**
 * Opens a database whose store no gateway serves, for commands that must have it for themselves. Leaves out the lock of
 * a data folder, which only gateways of that folder take.
 */
import { findLiveGateways, type KeyValueStore, openPostgresKeyValueStore } from '@annals/store';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import type { DatabaseLocation } from '../configuration/metadata-location.js';
import { describeEngineError } from './describe-engine-error.js';

/**
 * Opens it; without `makesTables` makes nothing.
 * @param purpose Begins the messages: `Cannot check the database`.
 * @throws {CommandFailure} Exit code 2: it cannot be used, or gateways serve it.
 */
export async function openStoppedDatabase(
  { url, tuning }: DatabaseLocation,
  purpose: string,
  { makesTables }: { readonly makesTables: boolean },
): Promise<KeyValueStore> {
  let keyValues: KeyValueStore;
  try {
    keyValues = await openPostgresKeyValueStore({ url, ...tuning, makesTables });
  } catch (error) {
    throw new CommandFailure(`${purpose}: ${describeEngineError(error)}`, { exitCode: EXIT_CODES.usage, cause: error });
  }
  try {
    await requireNoGateways(keyValues, purpose);
    return keyValues;
  } catch (error) {
    await keyValues.close();
    throw error;
  }
}

/**
 * Takes up to 15 seconds where a gateway was killed.
 * @throws {CommandFailure} Exit code 2: gateways serve the store.
 */
export async function requireNoGateways(keyValues: KeyValueStore, purpose: string): Promise<void> {
  const count = await findLiveGateways(keyValues, {
    onWait: () => void process.stderr.write('looking whether gateways are alive\n'),
  });
  if (count === 0) return;
  const gateways = count === 1 ? 'a gateway serves it; stop it' : `${count} gateways serve it; stop them`;
  throw new CommandFailure(`${purpose}: ${gateways} first`, { exitCode: EXIT_CODES.usage });
}
