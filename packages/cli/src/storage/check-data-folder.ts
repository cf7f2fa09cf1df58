/**
 * Measures the disk under a data folder and judges it: how long a sync takes, what file system it is, how much room
 * there is. Works beside a running server, on a file of its own that it removes.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { PlaceFinding } from '@annals/store';
import { describeError } from '../command-failure.js';
import { formatBytes } from '../terminal/format-bytes.js';

const SAMPLE_COUNT = 50;
const BLOCK_LENGTH_BYTES = 4096;
/** A disk that keeps what it is told to keep takes longer; SSDs with batteries some 0.03 ms. */
const SYNC_MS_SUSPICIOUS = 0.01;
const SYNC_MS_WARNED = 20;
const FREE_BYTES_WARNED = 1024 ** 3;

/** Magic numbers of statfs(2) on Linux. */
const FILE_SYSTEMS: Readonly<Record<number, { readonly name: string; readonly problem: string }>> = {
  16914836: { name: 'tmpfs', problem: 'it is memory: everything is lost with the machine' },
  2240043254: { name: 'ramfs', problem: 'it is memory: everything is lost with the machine' },
  26985: { name: 'NFS', problem: 'its locks and syncs depend on server and mount options' },
  4283649346: { name: 'SMB', problem: 'its locks and syncs depend on the server' },
  1702057286: { name: 'FUSE', problem: 'its locks and syncs depend on the program behind it' },
};

/** Runs the steps. A folder that is missing counts as the nearest one above it. */
export async function* checkDataFolder(folder: string): AsyncGenerator<PlaceFinding, void, undefined> {
  const place = await nearestFolder(resolve(folder));
  yield await judge('data folder', () => judgeFileSystem(place));
  yield await judge('sync', () => measureSync(place));
}

async function judge(step: string, work: () => Promise<PlaceFinding>): Promise<PlaceFinding> {
  try {
    return await work();
  } catch (error) {
    const remedy = 'Give this user the right to write there, or choose another folder.';
    return { step, state: 'failed', detail: describeError(error), remedy };
  }
}

async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function judgeFileSystem(place: string): Promise<PlaceFinding> {
  const { type, bavail, bsize } = await statfs(place);
  const freeBytes = bavail * bsize;
  const step = 'data folder';
  const figures = { freeBytes };
  const known = FILE_SYSTEMS[type];
  const detail = `${place} has ${formatBytes(freeBytes)} free${known === undefined ? '' : ` on ${known.name}; ${known.problem}`}`;
  if (known !== undefined) {
    return {
      step,
      state: 'warning',
      detail,
      remedy: 'Use a local disk with a file system such as ext4 or XFS.',
      figures,
    };
  }
  if (freeBytes >= FREE_BYTES_WARNED) return { step, state: 'ok', detail, figures };
  return { step, state: 'warning', detail, remedy: 'Make room: a full disk refuses writes.', figures };
}

async function measureSync(place: string): Promise<PlaceFinding> {
  await mkdir(place, { recursive: true });
  const path = join(place, `annals-check-${randomBytes(6).toString('hex')}`);
  const file = await open(path, 'wx', 0o600);
  const taken: number[] = [];
  try {
    const block = randomBytes(BLOCK_LENGTH_BYTES);
    for (let index = 0; index < SAMPLE_COUNT; index += 1) {
      const startedAtMs = performance.now();
      await file.write(block, 0, block.length, 0);
      await file.datasync();
      taken.push(performance.now() - startedAtMs);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  taken.sort((one, other) => one - other);
  const medianMs = taken[SAMPLE_COUNT / 2] ?? Number.NaN;
  const slowestMs = taken.at(-1) ?? Number.NaN;
  const detail = `wrote and synced 4 KiB in ${medianMs.toFixed(2)} ms, at most ${slowestMs.toFixed(1)} ms of ${SAMPLE_COUNT} times`;
  const finding = { step: 'sync', detail, figures: { medianMs, slowestMs } };
  if (medianMs < SYNC_MS_SUSPICIOUS) {
    const remedy =
      'No disk is that fast: something answers before the bytes are safe. Look for a cache without battery.';
    return { ...finding, state: 'warning', remedy };
  }
  if (medianMs <= SYNC_MS_WARNED) return { ...finding, state: 'ok' };
  return { ...finding, state: 'warning', remedy: 'Each append waits for a sync: use an SSD.' };
}
