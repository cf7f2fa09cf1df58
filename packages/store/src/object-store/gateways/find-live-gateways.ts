/**
 * Finds out from outside whether gateways have a store open, as a gateway finds out about the others: by rows that
 * change. For commands that work on a store which nobody else may have open.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { presenceRange } from '../records/gateway-rows.js';

/** How long it is looked. In ms. */
export interface LookForGateways {
  /** After that a row that did not change is that of a gateway that was killed; 15,000 unless given. */
  readonly goneAfterMs?: number;
  readonly pollMs?: number;
  /** Called when there are rows, and it takes the time to see whether they change. */
  readonly onWait?: (rowCount: number) => void;
}

const ROW_COUNT_MAX = 1000;

/**
 * Ends at once when no gateway is there, and within a second or two when one is.
 * @returns How many have given a sign of life, or have come; 0: none is alive.
 * @throws {EngineFailure} `unavailable`.
 */
export async function findLiveGateways(
  keyValues: Pick<KeyValueStore, 'list'>,
  { goneAfterMs = 15_000, pollMs = 250, onWait = () => undefined }: LookForGateways = {},
): Promise<number> {
  const look = async (): Promise<ReadonlyMap<string, number>> => {
    const rows = await keyValues.list({ ...presenceRange(), limit: ROW_COUNT_MAX });
    return new Map(rows.map(({ key, version }) => [Buffer.from(key).toString('latin1'), version]));
  };
  const first = await look();
  if (first.size === 0) return 0;
  onWait(first.size);
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < goneAfterMs) {
    await delay(pollMs);
    const now = await look();
    if (now.size === 0) return 0;
    const alive = [...now].filter(([name, version]) => first.get(name) !== version);
    if (alive.length > 0) return alive.length;
  }
  return 0;
}
