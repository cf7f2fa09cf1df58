/**
 * Compares the master keys of a gateway with those of the store: a gateway with others would seal what its neighbours
 * cannot open. The store remembers the ids of the keys that seal, which tell nothing of the keys. Leaves out where the
 * keys come from.
 */
import type { KeyValueStore } from '@annals/store';
import { masterKeyIdsRows } from './account-rows.js';
import type { MasterKeyRing } from './master-key.js';

/** What agreeing takes. */
export interface AgreeOnMasterKeysOptions {
  readonly keyValues: Pick<KeyValueStore, 'get' | 'commit'>;
  readonly keys: Pick<MasterKeyRing, 'ids'>;
  /** Asked only about keys that this gateway lacks, so it may walk over what is stored. */
  readonly seals: (keyId: string) => Promise<boolean>;
}

/** A gateway's master keys are not those of the store. */
export class MasterKeysDiffer extends Error {
  override readonly name = 'MasterKeysDiffer';
  /** Id of the key that is missing. */
  readonly missingId: string;
  /** Whether it is the one that the other gateways seal with, as far as is known. */
  readonly isSealing: boolean;

  constructor(missingId: string, isSealing: boolean) {
    super(`The master key of id ${missingId} is missing`);
    this.missingId = missingId;
    this.isSealing = isSealing;
  }
}

const ROW_NAME = '';

/**
 * Call it before anything is sealed. Records the keys at the first start, and the newest one after a rotation; forgets
 * those that this gateway lacks and nothing is sealed with any more.
 * @throws {MasterKeysDiffer} A key is missing.
 * @throws {EngineFailure} `unavailable`, `corrupt`.
 */
export async function agreeOnMasterKeys({ keyValues, keys, seals }: AgreeOnMasterKeysOptions): Promise<void> {
  const key = masterKeyIdsRows.key(ROW_NAME);
  const [newest = ''] = keys.ids;
  for (;;) {
    const entry = await keyValues.get(key);
    const known = entry === undefined ? [] : masterKeyIdsRows.decode(entry).ids;
    const needed: string[] = known.includes(newest) ? [] : [newest];
    for (const id of known) {
      const isSealing = id === known[0];
      if (keys.ids.includes(id)) needed.push(id);
      // What the other gateways seal with now, they may need a moment later, though nothing is sealed with it yet.
      else if (isSealing || (await seals(id))) throw new MasterKeysDiffer(id, isSealing);
    }
    if (needed.length === known.length && known.includes(newest)) return;
    const { committed } = await keyValues.commit({
      checks: [{ key, version: entry?.version }],
      puts: [{ key, value: masterKeyIdsRows.encode({ ids: needed }) }],
    });
    if (committed) return;
  }
}
