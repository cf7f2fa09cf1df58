/**
 * Looks for rows that nothing refers to: references of versions that are not there, earlier versions of no key. They
 * are reported and left alone: what they belonged to may have been lost, and they are then the last thing that leads to
 * its bytes.
 */
import type { KeyValueEntry } from '../contract/key-value-store.js';
import {
  deleteMarkerRange,
  earlierVersionRange,
  extentRange,
  objectRange,
  rangeOfPrefix,
} from '../object-store/records/key-space.js';
import { partRange } from '../object-store/records/upload-keys.js';
import { readVersionNames, type VersionNames } from '../object-store/records/version-names.js';
import type { CheckContext } from './check-context.js';
import type { VersionLedgers } from './check-versions.js';
import { reportUnreadable } from './report-row.js';
import { partitionOf } from './row-ledger.js';
import { walkRows } from './walk-rows.js';

/** To be called when all versions were looked at. */
export async function checkReferences(context: CheckContext, { references, keys }: VersionLedgers): Promise<void> {
  context.enter('references');
  for await (const { contentId, refererId } of versionReferences(context, true)) {
    context.countRow();
    if (contentId !== undefined) references.find(refererId);
  }
  let last: string | undefined;
  for await (const row of walkRows(context.keyValues, rangeOfPrefix(Buffer.from('V')))) {
    context.countRow();
    const rowKey = row.entry?.key ?? row.unreadable;
    if (rowKey === undefined) continue;
    const keyId = Buffer.from(rowKey).toString('hex', 1, 17);
    if (keyId !== last) keys.find(keyId);
    last = keyId;
  }
  const lostReferences = references.differing();
  const lostKeys = keys.differing();
  if (lostReferences.size + lostKeys.size > 0) await nameLost(context, lostReferences, lostKeys);
}

/** References of versions; those of slices and parts are checked where those are. */
async function* versionReferences(
  context: CheckContext,
  isFirstWalk: boolean,
): AsyncGenerator<{ readonly contentId: string; readonly refererId: string }, void> {
  for await (const row of walkRows(context.keyValues, rangeOfPrefix(Buffer.from('R')))) {
    if (row.entry === undefined) {
      if (isFirstWalk) reportUnreadable(context, row.unreadable, row.failure);
      continue;
    }
    const key = Buffer.from(row.entry.key);
    const refererId = key.toString('hex', 17, 33);
    if (await isContentOrUpload(context, refererId)) continue;
    yield { contentId: key.toString('hex', 1, 17), refererId };
  }
}

async function isContentOrUpload({ keyValues }: CheckContext, id: string): Promise<boolean> {
  for (const range of [extentRange(id), partRange(id)]) {
    if ((await keyValues.list({ ...range, limit: 1 }).catch(() => ['unreadable'])).length > 0) return true;
  }
  return false;
}

async function nameLost(
  context: CheckContext,
  references: ReadonlySet<number>,
  keys: ReadonlySet<number>,
): Promise<void> {
  const known = await knownIds(context, references, keys);
  for await (const { contentId, refererId } of versionReferences(context, false)) {
    if (!references.has(partitionOf(refererId)) || known.has(refererId)) continue;
    context.report({
      kind: 'reference-dangling',
      severity: 'contradiction',
      message: `Content ${contentId} is kept for ${refererId}, which is no version, part or content`,
      contentId,
    });
  }
  let last: string | undefined;
  for await (const { entry } of walkRows(context.keyValues, rangeOfPrefix(Buffer.from('V')))) {
    const keyId = entry === undefined ? undefined : Buffer.from(entry.key).toString('hex', 1, 17);
    if (keyId === undefined || keyId === last || !keys.has(partitionOf(keyId)) || known.has(keyId)) continue;
    last = keyId;
    context.report({
      kind: 'version-orphaned',
      severity: 'contradiction',
      message: `There are earlier versions of ${keyId}, and no key of that id`,
      rowKey: Buffer.from(entry?.key ?? []).toString('hex'),
    });
  }
}

/** Ids that versions name, of the partitions asked for: a few thousandths of all. */
async function knownIds(
  context: CheckContext,
  references: ReadonlySet<number>,
  keys: ReadonlySet<number>,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  const take = ({ key, value }: KeyValueEntry): string | undefined => {
    const { referenceId, keyId } = namesIn(key, value);
    if (referenceId !== undefined && references.has(partitionOf(referenceId))) known.add(referenceId);
    if (keyId !== undefined && keys.has(partitionOf(keyId))) known.add(keyId);
    return keyId;
  };
  for await (const bucket of walkRows(context.keyValues, rangeOfPrefix(Buffer.from('B')))) {
    if (bucket.entry === undefined) continue;
    const name = Buffer.from(bucket.entry.key).toString('utf8', 1);
    for (const range of [objectRange(name, ''), deleteMarkerRange(name, '')]) {
      for await (const { entry } of walkRows(context.keyValues, range)) {
        if (entry === undefined) continue;
        const keyId = take(entry);
        if (keyId === undefined) continue;
        for await (const earlier of walkRows(context.keyValues, earlierVersionRange(keyId))) {
          if (earlier.entry !== undefined) take(earlier.entry);
        }
      }
    }
  }
  return known;
}

/** Rows that say nothing of the kind were found when versions were looked at. */
function namesIn(rowKey: Uint8Array, value: Uint8Array): VersionNames {
  try {
    return readVersionNames(rowKey, value);
  } catch {
    return {};
  }
}
