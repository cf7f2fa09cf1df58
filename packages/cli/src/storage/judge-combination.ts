/** Judges places together that each may be good alone. */
import type { PlaceFinding } from '@annals/store';

/** What was found out about the places of one store. */
export interface Combination {
  readonly metadata: 'lmdb' | 'postgres';
  readonly blobs: 'file' | 's3' | 'rados';
  /** Of the mark in the place of bodies; `undefined`: there is none, or it is not known. */
  readonly storeIdOfBodies: string | undefined;
  /** Of the rows in the database; `undefined`: there is none, or it is not known. */
  readonly storeIdOfRows: string | undefined;
  /** What each is ahead of this machine, in ms; `undefined`: not known. */
  readonly databaseOffsetMs: number | undefined;
  readonly bucketOffsetMs: number | undefined;
}

const SKEW_MS_WARNED = 60_000;

/** @returns One finding for the combination, and one for each thing that does not go together. */
export function judgeCombination(found: Combination): readonly PlaceFinding[] {
  return [together(found), ...belonging(found), ...clocks(found)];
}

function together({ metadata, blobs }: Combination): PlaceFinding {
  const step = 'combination';
  if (metadata === 'postgres' && blobs !== 'file') {
    return { step, state: 'ok', detail: 'any number of gateways, on any number of machines' };
  }
  if (metadata === 'postgres') {
    return {
      step,
      state: 'warning',
      detail: 'rows in a database, large bodies in a folder: one gateway only, and the bodies are lost with its disk',
      remedy: 'Put the large bodies into a bucket or a pool (storage.blobs) where there are to be more gateways.',
    };
  }
  if (blobs !== 'file') {
    return {
      step,
      state: 'warning',
      detail: 'rows in a folder, large bodies elsewhere: one process, and the rows are lost with its disk',
      remedy: 'Back up with "annals backup": without the rows it is unknown what the bodies are.',
    };
  }
  return { step, state: 'ok', detail: 'everything in one folder: one process, which needs backups' };
}

function belonging({ storeIdOfBodies, storeIdOfRows, metadata }: Combination): readonly PlaceFinding[] {
  if (metadata !== 'postgres' || storeIdOfBodies === undefined || storeIdOfBodies === storeIdOfRows) return [];
  const rows =
    storeIdOfRows === undefined ? 'the database holds no store' : `the rows are of the store ${storeIdOfRows}`;
  return [
    {
      step: 'belonging',
      state: 'failed',
      detail: `the bodies are of the store ${storeIdOfBodies}, and ${rows}`,
      remedy: 'Name the database and the place of bodies of one store, or places that are both empty.',
    },
  ];
}

function clocks({ databaseOffsetMs, bucketOffsetMs }: Combination): readonly PlaceFinding[] {
  if (databaseOffsetMs === undefined || bucketOffsetMs === undefined) return [];
  const clockOffsetMs = databaseOffsetMs - bucketOffsetMs;
  const figures = { clockOffsetMs };
  const seconds = (Math.abs(clockOffsetMs) / 1000).toFixed(1);
  const step = 'clocks';
  const detail = `the database is ${seconds} s ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} the bucket`;
  if (Math.abs(clockOffsetMs) < SKEW_MS_WARNED) return [{ step, state: 'ok', detail, figures }];
  return [{ step, state: 'warning', detail, remedy: 'Set the clocks of all machines (NTP).', figures }];
}
