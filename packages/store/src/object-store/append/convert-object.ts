/**
 * ConvertObject: changes the type of an object in place, without moving its bytes. See `ObjectStore.convertObject` for
 * its promises.
 */
import { createHash, type Hash } from 'node:crypto';
import type { KeyValuePut } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { ConvertInput } from '../append-types.js';
import { lastCompactionJob } from '../content/last-compaction-job.js';
import { readContent, SLICE_DEPTH_MAX } from '../content/read-content.js';
import { releaseReference } from '../content/release-content.js';
import { newContent } from '../content/target-content.js';
import { commitLoop, type Decision } from '../context/commit-loop.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeExtent, encodeInlineExtent, encodeSliceExtent } from '../records/extent-record.js';
import {
  appendIdRange,
  extentKey,
  extentOffsetOf,
  extentRange,
  referenceKey,
  referenceRange,
} from '../records/key-space.js';
import { encodeObjectRecord } from '../records/object-record.js';
import { nothingUncompacted, type ObjectRecord } from '../records/version-record.js';
import { requireReadable } from '../rules/archive-state.js';
import { requireAppendsAllowed } from '../rules/object-retention.js';
import { requireErasable } from '../rules/retention.js';
import { StoreFailure } from '../store-failure.js';
import type { BucketRecord, ObjectHead } from '../types.js';
import { readExistingVersion } from '../versions/read-state.js';

/** What becomes of an object's row, and what else is written and removed with it. */
interface Conversion {
  readonly record: ObjectRecord;
  readonly puts: readonly KeyValuePut[];
  readonly deletes: readonly Uint8Array[];
}

/** @see ObjectStore.convertObject, which says what it promises and throws. */
export function convertObject(context: StoreContext, input: ConvertInput): Promise<ObjectHead> {
  const digest = new PrefixDigest(context);
  return commitLoop<ObjectHead>(context, async (): Promise<Decision<ObjectHead>> => {
    const { bucket, key, type } = input;
    const { bucket: state, record, rowKey, check } = await readExistingVersion(context, { bucket, key });
    const { head } = record;
    input.check(head);
    if (head.type === 'symlink') throw new StoreFailure({ kind: 'not-appendable', type: head.type });
    if (head.type === type) return { result: head };
    if (head.sealedAtMs !== undefined) throw new StoreFailure({ kind: 'sealed', sealedAtMs: head.sealedAtMs });
    requireErasable(state.record, head, context.clock.nowMs());
    const converted =
      type === 'appendable'
        ? await toAppendable(context, state.record, record)
        : toNormal(context, record, await digest.of(record));
    return {
      commit: {
        checks: [check, state.check],
        puts: [{ key: rowKey, value: encodeObjectRecord(converted.record) }, ...converted.puts],
        deletes: converted.deletes,
      },
      result: converted.record.head,
    };
  });
}

/** @throws {StoreFailure} `object-worm`, `too-large`, `archived`, `nested-too-deep`. */
async function toAppendable(context: StoreContext, bucket: BucketRecord, record: ObjectRecord): Promise<Conversion> {
  const atMs = context.clock.nowMs();
  requireAppendsAllowed(bucket);
  const lengthMax = bucket.appendable?.lengthMax ?? context.settings.appendable.lengthMax;
  if (record.head.length > lengthMax) throw new StoreFailure({ kind: 'too-large', lengthMax });
  requireReadable(bucket, record.head, atMs);
  // What was written in one piece has an MD5; what grows has none.
  const { md5: _md5, ...kept } = record.head;
  const head: ObjectHead = {
    ...kept,
    type: 'appendable',
    etag: context.settings.etags.ofAppendable(kept.crc64, atMs),
    lastModifiedAtMs: atMs,
  };
  if (record.body !== undefined) return withContent(context, { ...record, head }, record.body);
  if (await canGrow(context, record)) return { record: { ...record, head }, puts: [], deletes: [] };
  return sliced(context, { ...record, head });
}

/**
 * Tells whether bytes can be added behind those of a version in its own content: nobody else refers to it, nothing lies
 * behind them, and no appends are remembered there. Only an appendable version adds to a content, and a copy never is
 * one: so what is found to be true here stays true.
 */
async function canGrow({ keyValues }: StoreContext, record: ObjectRecord): Promise<boolean> {
  const { contentId, head, sliceDepth } = record;
  // The parts of an upload have keys of their own, and the content made of them may have none.
  if (head.encryption !== undefined && sliceDepth !== undefined) return false;
  const references = await keyValues.list({ ...referenceRange(contentId), limit: 2 });
  if (references.length > 1) return false;
  const ids = await keyValues.list({ ...appendIdRange(contentId), limit: 1 });
  if (ids.length > 0) return false;
  const [last] = await keyValues.list({ ...extentRange(contentId), limit: 1, reverse: true });
  const end = last === undefined ? 0 : extentOffsetOf(last.key) + decodeExtent(last.value).length;
  return end === head.length;
}

/** Moves the bytes of a version from its row into a content that can grow. */
function withContent(context: StoreContext, { body: _, ...record }: ObjectRecord, bytes: Uint8Array): Conversion {
  const { contentId, head } = record;
  // The id of the content is that of no referer: garbage notes of uploads are known by that.
  const referenceId = newId(context);
  const extent = { key: extentKey(contentId, 0), value: encodeInlineExtent([bytes], head.length, head.crc64) };
  return {
    record: { ...record, referenceId },
    puts: [
      { key: referenceKey(contentId, referenceId), value: new Uint8Array() },
      ...(head.length === 0 ? [] : [extent]),
    ],
    deletes: [],
  };
}

/** Gives a version a content of its own, which has a slice of the one before and can grow. */
async function sliced(context: StoreContext, record: ObjectRecord): Promise<Conversion> {
  const { head, contentId: before, referenceId } = record;
  const sliceDepth = (record.sliceDepth ?? 0) + 1;
  if (sliceDepth > SLICE_DEPTH_MAX) throw new StoreFailure({ kind: 'nested-too-deep' });
  const { contentId, puts } = await newContent(context, head.encryption);
  const { length, crc64 } = head;
  const own = [...puts, { key: referenceKey(contentId, referenceId), value: new Uint8Array() }];
  const uncompacted = nothingUncompacted(length);
  if (length === 0) {
    const { sliceDepth: _depth, ...flat } = record;
    const released = releaseReference(before, referenceId, { atMs: context.clock.nowMs(), lengthBytes: 0 });
    return {
      record: { ...flat, contentId, uncompacted },
      puts: [...own, ...released.puts],
      deletes: released.deletes,
    };
  }
  return {
    record: { ...record, contentId, sliceDepth, uncompacted },
    puts: [
      ...own,
      { key: referenceKey(before, contentId), value: new Uint8Array() },
      { key: extentKey(contentId, 0), value: encodeSliceExtent({ contentId: before, start: 0, length, crc64 }) },
    ],
    deletes: [referenceKey(before, referenceId)],
  };
}

/** What appends left with the version is forgotten: ids, epoch, the last append. */
function toNormal(context: StoreContext, before: ObjectRecord, md5: Uint8Array): Conversion {
  const { record, puts } = lastCompactionJob(before);
  const { appendIds: _ids, ...rest } = record;
  const { lastAppend: _last, writerEpoch: _epoch, ...kept } = record.head;
  const head: ObjectHead = {
    ...kept,
    type: 'normal',
    etag: context.settings.etags.ofWhole(md5),
    md5,
    lastModifiedAtMs: context.clock.nowMs(),
  };
  return { record: { ...rest, head }, puts, deletes: [] };
}

/** The MD5 of an object that may grow while it is read: after a lost race only what came is read. */
class PrefixDigest {
  readonly #context: StoreContext;
  #contentId: ContentId | undefined;
  #hash: Hash = createHash('md5');
  #length = 0;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** @throws {EngineFailure} As reading the object does. @throws {StoreFailure} `contended`: it is gone. */
  async of({ contentId, referenceId, head }: ObjectRecord): Promise<Uint8Array> {
    if (contentId !== this.#contentId || head.length < this.#length) {
      this.#contentId = contentId;
      this.#hash = createHash('md5');
      this.#length = 0;
    }
    const release = this.#context.pins.pin(contentId);
    try {
      // Seen after pinning, as in open-object.ts: so the sweeper sees the pin.
      const reference = await this.#context.keyValues.get(referenceKey(contentId, referenceId));
      if (reference === undefined) throw new StoreFailure({ kind: 'contended' });
      for await (const chunk of readContent(this.#context, contentId, { start: this.#length, end: head.length })) {
        this.#hash.update(chunk);
        this.#length += chunk.length;
      }
    } finally {
      release();
    }
    return this.#hash.copy().digest();
  }
}
