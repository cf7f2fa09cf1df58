/**
 * Looks at a store that was opened after a loss of power and says whether it is one that may be there: every
 * acknowledged call whole, every other one whole or not at all, listings, counters, versions and uploads in agreement,
 * every blob and row that something needs in place.
 */
import { crc64 } from '@annals/checksum';
import { collect } from '../conformance/object-store-test-store.js';
import { sealedLengthOf } from '../encryption/sealed-blob.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { type BlobExtent, decodeExtent } from '../object-store/records/extent-record.js';
import { referenceKey } from '../object-store/records/key-space.js';
import type { ObjectHead } from '../object-store/types.js';
import {
  type CallUnderWay,
  isSameState,
  type KeyKnowledge,
  type KeyState,
  keyStateText,
  type ModelVersion,
  possibleStates,
} from './key-model.js';
import type { SimulatedStore } from './open-simulated-store.js';
import {
  describeCall,
  isVersioned,
  keyName,
  type ModelUpload,
  PLAIN_BUCKET,
  type StoreKnowledge,
  VERSIONED_BUCKET,
} from './store-model.js';

const LIMIT = 100_000;

/** What was found, where several things might have been. */
export interface RecoveredState {
  readonly keys: ReadonlyMap<string, KeyState>;
  readonly uploads: ReadonlyMap<string, ModelUpload>;
}

/**
 * @param knowledge What was known at the moment the power went.
 * @returns What is there; one of what may be.
 * @throws {Error} That says what is wrong.
 */
export async function checkRecoveredStore(
  simulated: SimulatedStore,
  knowledge: StoreKnowledge,
): Promise<RecoveredState> {
  const { store } = simulated;
  const plain = await seePlainBucket(store);
  const versioned = await seeVersionedBucket(store);
  const seen = new Map([...plain.keys, ...versioned.keys]);
  const uploads = await checkUploads(store, knowledge);
  for (const name of new Set([...knowledge.keys.keys(), ...seen.keys()])) {
    const known = withUploads(knowledge.keys.get(name) ?? { settled: [[]], calls: [] }, uploads);
    const state = seen.get(name) ?? [];
    const possible = possibleStates(known, isVersioned(name));
    if (possible.some((one) => isSameState(one, state))) continue;
    throw new Error(
      [
        `"${name}" holds ${keyStateText(state)}`,
        `It may hold: ${possible.map(keyStateText).join('; or ')}`,
        `Under way: ${known.calls.map(describeCall).join('; ') || 'nothing'}`,
      ].join('\n'),
    );
  }
  await checkCounters(store, PLAIN_BUCKET, plain.versions, uploads);
  await checkCounters(store, VERSIONED_BUCKET, versioned.versions, uploads);
  await checkRows(simulated);
  return { keys: seen, uploads };
}

interface SeenBucket {
  readonly keys: ReadonlyMap<string, KeyState>;
  readonly versions: readonly ModelVersion[];
}

async function seePlainBucket(store: ObjectStore): Promise<SeenBucket> {
  const page = await store.listObjects({ bucket: PLAIN_BUCKET, prefix: '', delimiter: '', after: '', limit: LIMIT });
  const keys = new Map<string, KeyState>();
  for (const head of page.objects)
    keys.set(keyName(PLAIN_BUCKET, head.key), [await seeVersion(store, head, undefined)]);
  return { keys, versions: [...keys.values()].flat() };
}

async function seeVersionedBucket(store: ObjectStore): Promise<SeenBucket> {
  const page = await store.listObjectVersions({
    bucket: VERSIONED_BUCKET,
    prefix: '',
    delimiter: '',
    after: undefined,
    limit: LIMIT,
  });
  const keys = new Map<string, ModelVersion[]>();
  const latest = new Set<string>();
  for (const entry of page.versions) {
    const { key, versionId, isLatest } = entry.kind === 'object' ? entry.head : entry.marker;
    const name = keyName(VERSIONED_BUCKET, key);
    const versions = keys.get(name) ?? [];
    if (isLatest !== (versions.length === 0)) throw new Error(`"${name}" has its newest version in a wrong place`);
    const version =
      entry.kind === 'object'
        ? await seeVersion(store, entry.head, versionId)
        : ({ type: 'marker', bytes: Buffer.alloc(0), isSealed: false, versionId } as const);
    keys.set(name, [...versions, version]);
    if (isLatest && entry.kind === 'object') latest.add(key);
  }
  const page2 = await store.listObjects({
    bucket: VERSIONED_BUCKET,
    prefix: '',
    delimiter: '',
    after: '',
    limit: LIMIT,
  });
  const listed = page2.objects.map(({ key }) => key);
  if (listed.join() !== [...latest].join()) {
    throw new Error(`Current objects are ${[...latest].join()} among versions, and ${listed.join()} among objects`);
  }
  return { keys, versions: [...keys.values()].flat() };
}

async function seeVersion(store: ObjectStore, head: ObjectHead, versionId: string | undefined): Promise<ModelVersion> {
  const opened = await store.openObject({
    bucket: head.bucket,
    key: head.key,
    ...(versionId !== undefined && { versionId }),
  });
  const bytes = Buffer.from(await collect(opened.read({ start: 0, end: opened.head.length })));
  opened.release();
  if (opened.head.length !== head.length || bytes.length !== head.length || crc64(bytes) !== head.crc64) {
    throw new Error(`"${keyName(head.bucket, head.key)}" has ${bytes.length} bytes that its head does not describe`);
  }
  const type = head.type === 'appendable' ? 'appendable' : 'normal';
  return { type, bytes, isSealed: head.sealedAtMs !== undefined, versionId };
}

async function checkUploads(
  store: ObjectStore,
  { uploads, initiationsUnderWay }: StoreKnowledge,
): Promise<ReadonlyMap<string, ModelUpload>> {
  const found = new Map<string, ModelUpload>();
  for (const bucket of [PLAIN_BUCKET, VERSIONED_BUCKET]) {
    const input = { bucket, prefix: '', delimiter: '', afterKey: '', afterUploadId: undefined, limit: LIMIT };
    for (const { key, uploadId } of (await store.listUploads(input)).uploads) {
      const known = uploads.get(uploadId) ?? { uploadId, bucket, key, parts: new Map(), mayBeGone: false };
      found.set(uploadId, { uploadId, bucket, key, parts: await seeParts(store, known), mayBeGone: false });
    }
  }
  const unknownCount = [...found.keys()].filter((uploadId) => !uploads.has(uploadId)).length;
  if (unknownCount > initiationsUnderWay)
    throw new Error(`There are ${unknownCount} uploads that nobody initiated, or that ended`);
  for (const upload of uploads.values()) {
    if (!found.has(upload.uploadId) && !upload.mayBeGone) throw new Error(`Upload ${upload.uploadId} is gone`);
  }
  return found;
}

async function seeParts(store: ObjectStore, known: ModelUpload): Promise<ReadonlyMap<number, Buffer>> {
  const { bucket, key, uploadId, parts, partUnderWay } = known;
  const listed = await store.listParts({ bucket, key, uploadId, after: 0, limit: LIMIT });
  const seen = new Map<number, Buffer>();
  for (const { partNumber, length, crc64: crc } of listed.parts) {
    const candidates = [
      parts.get(partNumber),
      partUnderWay?.partNumber === partNumber ? partUnderWay.bytes : undefined,
    ];
    const bytes = candidates.find((one) => one !== undefined && one.length === length && crc64(one) === crc);
    if (bytes === undefined) throw new Error(`Part ${partNumber} of upload ${uploadId} is none that was uploaded`);
    seen.set(partNumber, bytes);
  }
  for (const partNumber of parts.keys()) {
    if (!seen.has(partNumber)) throw new Error(`Part ${partNumber} of upload ${uploadId} is gone`);
  }
  return seen;
}

/** Whether a completion without an answer took place is seen by its upload. */
function withUploads({ settled, calls }: KeyKnowledge, found: ReadonlyMap<string, ModelUpload>): KeyKnowledge {
  return {
    settled,
    calls: calls.flatMap((call): CallUnderWay[] => {
      if (call.uploadId === undefined || call.ended !== undefined) return [call];
      if (found.has(call.uploadId)) return [];
      return [{ ...call, ended: { at: Number.POSITIVE_INFINITY, outcome: { kind: 'done' } } }];
    }),
  };
}

async function checkCounters(
  store: ObjectStore,
  bucket: string,
  versions: readonly ModelVersion[],
  uploads: ReadonlyMap<string, ModelUpload>,
): Promise<void> {
  const objects = versions.filter(({ type }) => type !== 'marker');
  const own = [...uploads.values()].filter((upload) => upload.bucket === bucket);
  const right = {
    objectCount: objects.length,
    lengthBytes: objects.reduce((sum, { bytes }) => sum + bytes.length, 0),
    deleteMarkerCount: versions.length - objects.length,
    uploadCount: own.length,
    partCount: own.reduce((sum, { parts }) => sum + parts.size, 0),
  };
  const { objectCount, lengthBytes, deleteMarkerCount, uploadCount, partCount } = await store.bucketStatistics(bucket);
  const counted = { objectCount, lengthBytes, deleteMarkerCount, uploadCount, partCount };
  if (JSON.stringify(counted) !== JSON.stringify(right)) {
    throw new Error(`Bucket "${bucket}" counts ${JSON.stringify(counted)} and holds ${JSON.stringify(right)}`);
  }
}

const [EXTENT, REFERENCE] = ['E'.charCodeAt(0), 'R'.charCodeAt(0)];

/** Of every content that somebody refers to: its blobs are there, and what its slices refer to knows of it. */
async function checkRows({ keyValues, blobs }: SimulatedStore): Promise<void> {
  const rows = await keyValues.list({ start: Buffer.from('E'), end: Buffer.from('S'), limit: LIMIT });
  const references = new Set<string>();
  const referred = new Set<string>();
  for (const { key } of rows) {
    if (key[0] !== REFERENCE) continue;
    references.add(Buffer.from(key).toString('hex'));
    referred.add(contentIdOf(key));
  }
  for (const { key, value } of rows) {
    if (key[0] !== EXTENT || !referred.has(contentIdOf(key))) continue;
    const extent = decodeExtent(value);
    if (extent.kind === 'blob' && (await blobs.length(extent.blobId)) !== storedLengthOf(extent)) {
      throw new Error(`Blob ${extent.blobId} of content ${contentIdOf(key)} is not there, or not whole`);
    }
    if (extent.kind !== 'slice') continue;
    const reference = Buffer.from(referenceKey(extent.contentId, contentIdOf(key))).toString('hex');
    if (!references.has(reference))
      throw new Error(`A slice of content ${contentIdOf(key)} has no reference to what it is a slice of`);
  }
}

function storedLengthOf({ length, isSealed }: BlobExtent): number {
  return isSealed ? sealedLengthOf(length) : length;
}

function contentIdOf(key: Uint8Array): string {
  return Buffer.from(key).toString('hex', 1, 17);
}
