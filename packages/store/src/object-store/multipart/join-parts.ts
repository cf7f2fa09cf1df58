/**
 * Lays the parts of an upload end to end: the slices that its content will have, and for an upload of many parts the
 * commits that write them before anybody can see them. The content bears the upload's id, and no version refers to it
 * yet, so what a crash leaves is found again by the next attempt, or by the sweep once the upload is aborted.
 */
import { combineCrc64 } from '@annals/checksum';
import { Md5 } from '@annals/checksum/node';
import type { KeyValueCheck, KeyValuePut } from '../../contract/key-value-store.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { TurnBudget } from '../context/turn-budget.js';
import type { PartRecord, UploadRecord } from '../multipart-types.js';
import { encodeSliceExtent } from '../records/extent-record.js';
import { extentKey, extentRange } from '../records/key-space.js';
import { encodeUploadRecord } from '../records/upload-record.js';
import type { PartsState, UploadState } from './upload-state.js';

/** Parts laid end to end. */
export interface JoinedParts {
  readonly length: number;
  readonly crc64: bigint;
  /** MD5 over the text of the parts' etags, one after the other. */
  readonly md5OfEtags: Uint8Array;
  readonly sliceDepth: number;
  /** The rows of the content. */
  readonly puts: readonly KeyValuePut[];
  /** Parts whose bytes are in it; an empty part gives nothing to hold on to. */
  readonly kept: ReadonlySet<PartRecord>;
}

/** Rows of one commit: no other commit waits long behind it. */
const ROW_COUNT = 500;

/** Pauses between turns; changes nothing. */
export async function joinParts(uploadId: string, parts: readonly PartRecord[]): Promise<JoinedParts> {
  const md5OfEtags = new Md5();
  const puts: KeyValuePut[] = [];
  const kept = new Set<PartRecord>();
  const budget = new TurnBudget();
  let length = 0;
  let crc64 = 0n;
  let sliceDepth = 0;
  for (const part of parts) {
    md5OfEtags.update(Buffer.from(part.etag.toUpperCase(), 'latin1'));
    const pause = budget.spend();
    if (pause !== undefined) await pause;
    if (part.length === 0) continue;
    const slice = { contentId: part.contentId, start: 0, length: part.length, crc64: part.crc64 };
    puts.push({ key: extentKey(uploadId, length), value: encodeSliceExtent(slice) });
    kept.add(part);
    crc64 = combineCrc64(crc64, part.crc64, part.length);
    length += part.length;
    sliceDepth = Math.max(sliceDepth, 1 + (part.sliceDepth ?? 0));
  }
  return { length, crc64, md5OfEtags: md5OfEtags.digest(), sliceDepth, puts, kept };
}

/**
 * Writes the slices in commits of bounded size. Each checks the upload's row, which this attempt has marked as its own,
 * so of two attempts only the last to begin can write or publish anything; it begins by removing what one before it may
 * have left.
 * @returns The upload as it must still be when the object is published; undefined when it, or a part, changed
 * meanwhile: look again.
 */
export async function writeSlices(
  context: StoreContext,
  { upload, check }: UploadState,
  all: PartsState,
  puts: readonly KeyValuePut[],
): Promise<UploadState | undefined> {
  const { keyValues, bulkGate } = context;
  const marked: UploadRecord = { ...upload, joiningId: newId(context) };
  const mark = await keyValues.commit({
    checks: [check, all.check],
    puts: [{ key: check.key, value: encodeUploadRecord(marked) }],
  });
  if (!mark.committed) return undefined;
  const mine: KeyValueCheck = { key: check.key, version: mark.version };
  const checks = [mine, all.check];
  if (upload.joiningId !== undefined && !(await removeSlices(context, upload.uploadId, checks))) return undefined;
  for (let from = 0; from < puts.length; from += ROW_COUNT) {
    const rows = puts.slice(from, from + ROW_COUNT);
    const { committed } = await bulkGate.run(() => keyValues.commit({ checks, puts: rows }));
    if (!committed) return undefined;
  }
  return { upload: marked, check: mine };
}

/** @returns Whether all are gone that an attempt before has left. */
async function removeSlices(
  { keyValues, bulkGate }: StoreContext,
  uploadId: string,
  checks: readonly KeyValueCheck[],
): Promise<boolean> {
  for (;;) {
    const isLast = await bulkGate.run(async () => {
      const rows = await keyValues.list({ ...extentRange(uploadId), limit: ROW_COUNT });
      if (rows.length === 0) return true;
      const { committed } = await keyValues.commit({ checks, deletes: rows.map(({ key }) => key) });
      return committed ? false : undefined;
    });
    if (isLast !== false) return isLast ?? false;
  }
}
