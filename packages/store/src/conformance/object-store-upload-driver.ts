/**
 * What the conformance cases of multipart uploads and copies need of an object store besides `object-store-driver.ts`.
 */
import type { ListedPart, ListUploadsInput, UploadTarget } from '../object-store/multipart-types.js';
import type { ObjectStore } from '../object-store/object-store.js';
import type { BodySource, ObjectAttributes, ObjectTarget, VersionTarget } from '../object-store/types.js';

/** A part as listings show it. */
export interface ObservedPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly length: number;
  readonly crc64: bigint;
}

/** What an object written by parts or by a copy is known by. */
export interface ObservedWrite {
  readonly etag: string;
  readonly crc64: bigint;
}

/** One page of unfinished uploads. */
export interface DriverListUploadsResult {
  readonly uploads: readonly { readonly key: string; readonly uploadId: string }[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  readonly next: { readonly key: string; readonly uploadId: string | undefined } | undefined;
}

/** Uploads in parts, and copies. */
export interface UploadDriver {
  initiate(
    target: ObjectTarget,
    options?: { readonly contentType?: string; readonly user?: Readonly<Record<string, string>> },
  ): Promise<UploadTarget>;
  uploadPart(
    target: UploadTarget,
    partNumber: number,
    body: BodySource,
    options?: { readonly expectedMd5?: Uint8Array },
  ): Promise<ListedPart>;
  /** @param range Half-open; the whole source when absent. */
  copyPart(
    target: UploadTarget,
    partNumber: number,
    source: VersionTarget,
    range?: { readonly start: number; readonly end: number },
  ): Promise<ListedPart>;
  complete(
    target: UploadTarget,
    parts: readonly ListedPart[] | 'all',
    options?: { readonly forbidOverwrite?: boolean },
  ): Promise<ObservedWrite>;
  abort(target: UploadTarget): Promise<void>;
  listParts(
    target: UploadTarget,
    page: { readonly after: number; readonly limit: number },
  ): Promise<{ readonly parts: readonly ObservedPart[]; readonly isTruncated: boolean }>;
  listUploads(input: ListUploadsInput): Promise<DriverListUploadsResult>;
  /** @param user Replaces the metadata of the source. */
  copy(
    target: ObjectTarget,
    source: VersionTarget,
    options?: { readonly user?: Readonly<Record<string, string>>; readonly forbidOverwrite?: boolean },
  ): Promise<ObservedWrite>;
  allowAppendableCopy(bucket: string): Promise<void>;
  countUploads(bucket: string): Promise<{ readonly uploadCount: number; readonly partCount: number }>;
}

const OWNER_ID = 'owner';
const LENGTH_MAX = 5 * 1024 ** 3;

const plain: ObjectAttributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} };

/** Drives a store in this process. */
export function openUploadDriver(store: ObjectStore): UploadDriver {
  return {
    async initiate({ bucket, key }, { contentType, user = {} } = {}) {
      const system = contentType === undefined ? {} : { contentType };
      const attributes = { ...plain, system, user };
      const input = { bucket, key, ownerId: OWNER_ID, attributes, forbidOverwrite: false };
      const { uploadId } = await store.initiateUpload(input);
      return { bucket, key, uploadId };
    },
    async uploadPart(target, partNumber, body, { expectedMd5 } = {}) {
      const expected = expectedMd5 === undefined ? {} : { md5: expectedMd5 };
      return store.uploadPart({ ...target, partNumber, expected, lengthMax: LENGTH_MAX }, body);
    },
    async copyPart(target, partNumber, source, range) {
      const select = ({ length }: { readonly length: number }) => range ?? { start: 0, end: length };
      const { part } = await store.copyPart({ ...target, partNumber, source, lengthMax: LENGTH_MAX, select });
      return part;
    },
    complete: (target, parts, { forbidOverwrite = false } = {}) =>
      store.completeUpload({ ...target, parts, forbidOverwrite }),
    abort: (target) => store.abortUpload(target),
    listParts: (target, page) => store.listParts({ ...target, ...page }),
    listUploads: (input) => store.listUploads(input),
    async copy(target, source, { user, forbidOverwrite = false } = {}) {
      const { head } = await store.copyObject({
        ...target,
        source,
        forbidOverwrite,
        plan: ({ system, storageClass, tags, ...head }) => ({
          system,
          user: user ?? head.user,
          acl: 'default',
          storageClass,
          tags,
        }),
      });
      return head;
    },
    async allowAppendableCopy(bucket) {
      await store.updateBucket(bucket, { appendable: { copy: 'allow' } });
    },
    countUploads: (bucket) => store.bucketStatistics(bucket),
  };
}
