/** Document of GetBucketStat: `BucketStat`. */
import { parseXml } from '../parse-xml.js';
import { renderXml } from '../render-xml.js';
import { countOf, expectRoot } from '../xml-element.js';

/** How much is in a bucket. The numbers per storage class are not read; everything is written as Standard: nothing here is stored by class. */
export interface BucketStat {
  /** Bytes of all objects and versions. */
  readonly storageBytes: number;
  readonly objectCount: number;
  readonly multipartUploadCount: number;
  readonly multipartPartCount: number;
  readonly deleteMarkerCount: number;
  /** When the numbers were taken, in whole seconds. */
  readonly lastModifiedMs: number;
}

/** Writes the document. */
export function renderBucketStat(stat: BucketStat): string {
  return renderXml('BucketStat', {
    Storage: stat.storageBytes,
    ObjectCount: stat.objectCount,
    MultipartUploadCount: stat.multipartUploadCount,
    LiveChannelCount: 0,
    LastModifiedTime: Math.floor(stat.lastModifiedMs / 1000),
    StandardStorage: stat.storageBytes,
    StandardObjectCount: stat.objectCount,
    MultipartPartCount: stat.multipartPartCount,
    DeleteMarkerCount: stat.deleteMarkerCount,
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseBucketStat(document: Uint8Array | string): BucketStat {
  const root = expectRoot(parseXml(document), 'BucketStat');
  return {
    storageBytes: countOf(root, 'Storage') ?? 0,
    objectCount: countOf(root, 'ObjectCount') ?? 0,
    multipartUploadCount: countOf(root, 'MultipartUploadCount') ?? 0,
    multipartPartCount: countOf(root, 'MultipartPartCount') ?? 0,
    deleteMarkerCount: countOf(root, 'DeleteMarkerCount') ?? 0,
    lastModifiedMs: (countOf(root, 'LastModifiedTime') ?? 0) * 1000,
  };
}
