/**
 * Examines a database that metadata lies in, or is to lie in: first what the engine needs of it, then, where there are
 * tables, whose rows are in them. Makes nothing.
 */
import {
  checkDatabasePlace,
  findLiveGateways,
  openPostgresKeyValueStore,
  type PlaceFinding,
  readBlobPlace,
  readFormatVersion,
  readStoreId,
} from '@annals/store';
import { describeError } from '../command-failure.js';
import type { DatabaseLocation } from '../configuration/metadata-location.js';

/** What the rows say of their store. */
export interface StoreInDatabase {
  /** Of the mark that its place of bodies bears; `undefined`: it has none yet. */
  readonly storeId: string | undefined;
}

/**
 * Runs the steps.
 * @returns `undefined`: a step failed, or there is no store.
 * @throws {RangeError} The URL is wrong.
 */
export async function* checkDatabase({
  url,
  tuning,
}: DatabaseLocation): AsyncGenerator<PlaceFinding, StoreInDatabase | undefined, undefined> {
  let hasFailed = false;
  let hasTables = false;
  for await (const finding of checkDatabasePlace({ url, ...tuning })) {
    hasFailed ||= finding.state === 'failed';
    hasTables ||= finding.figures?.tableVersion !== undefined;
    yield finding;
  }
  if (hasFailed) return undefined;
  const step = 'store';
  if (!hasTables) {
    yield { step, state: 'ok', detail: 'the database holds no store yet' };
    return undefined;
  }
  try {
    // A server that loses data was judged before.
    const keyValues = await openPostgresKeyValueStore({ url, ...tuning, allowsDataLoss: true });
    try {
      const version = await readFormatVersion(keyValues);
      if (version === undefined) {
        yield { step, state: 'ok', detail: 'the tables are empty: the database holds no store yet' };
        return undefined;
      }
      const [storeId, place] = [await readStoreId(keyValues), await readBlobPlace(keyValues)];
      const gatewayCount = await findLiveGateways(keyValues, { goneAfterMs: 3000 });
      const bodies = place === undefined ? 'which has no place of bodies yet' : `whose large bodies lie in ${place}`;
      const detail = `the store ${storeId ?? 'without an id'} (format ${String(version)}), ${bodies}; gateways that serve it: ${gatewayCount}`;
      yield { step, state: 'ok', detail, figures: { gatewayCount } };
      return { storeId };
    } finally {
      await keyValues.close();
    }
  } catch (error) {
    const remedy = 'Choose another database, or another schema with the parameter schema.';
    yield { step, state: 'failed', detail: describeError(error), remedy };
    return undefined;
  }
}
