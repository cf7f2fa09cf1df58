/** Compares the master keys of this gateway with those of its store, for the operator to repair. */
import { agreeOnMasterKeys, type MasterKeyRing, MasterKeysDiffer } from '@annals/server';
import type { KeyValueStore } from '@annals/store';
import { CommandFailure } from '../command-failure.js';
import { isSealedWith } from './missing-master-key.js';

/** @throws {CommandFailure} The other gateways have another master key, or what is stored needs one that is missing. */
export async function agreeWithGateways(keyValues: KeyValueStore, keys: MasterKeyRing): Promise<void> {
  try {
    await agreeOnMasterKeys({ keyValues, keys, seals: (keyId) => isSealedWith(keyValues, keyId) });
  } catch (error) {
    if (!(error instanceof MasterKeysDiffer)) throw error;
    const { missingId, isSealing } = error;
    const found = isSealing
      ? `its gateways seal with the master key of id ${missingId}, and this one was given the key of id ${keys.ids[0]}`
      : `what is in it was sealed with the master key of id ${missingId}, which this gateway was not given`;
    throw new CommandFailure(
      `Cannot serve this store: ${found}; give all gateways the same master keys, the one that seals first`,
      { cause: error },
    );
  }
}
