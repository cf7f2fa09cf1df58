/** Document of GetBucketStat: `BucketStat`. */
import type { StorageClass } from '../../storage-class.js';
import { parseXml } from '../parse-xml.js';
import { renderXml } from '../render-xml.js';
import { countOf, expectRoot, requiredCountOf } from '../xml-element.js';

/** How much of one storage class is in a bucket. */
export interface StorageClassStat {
  readonly storageBytes: number;
  readonly objectCount: number;
}

/** How much is in a bucket. */
export interface BucketStat {
  /** Bytes of all objects and versions. */
  readonly storageBytes: number;
  readonly objectCount: number;
  readonly storageClasses: Readonly<Record<StorageClass, StorageClassStat>>;
  readonly multipartUploadCount: number;
  readonly liveChannelCount: number;
  readonly multipartPartCount: number;
  readonly deleteMarkerCount: number;
  /** When the numbers were taken, in whole seconds. */
  readonly lastModifiedMs: number;
}

/** Classes with their names in the document. */
const OTHER_CLASSES = [
  ['IA', 'InfrequentAccess'],
  ['Archive', 'Archive'],
  ['ColdArchive', 'ColdArchive'],
  ['DeepColdArchive', 'DeepColdArchive'],
] as const satisfies readonly (readonly [StorageClass, string])[];

/** Writes the document. */
export function renderBucketStat(stat: BucketStat): string {
  return renderXml('BucketStat', {
    Storage: stat.storageBytes,
    ObjectCount: stat.objectCount,
    MultipartUploadCount: stat.multipartUploadCount,
    LiveChannelCount: stat.liveChannelCount,
    MultipartPartCount: stat.multipartPartCount,
    DeleteMarkerCount: stat.deleteMarkerCount,
    LastModifiedTime: Math.floor(stat.lastModifiedMs / 1000),
    StandardStorage: stat.storageClasses.Standard.storageBytes,
    StandardObjectCount: stat.storageClasses.Standard.objectCount,
    ...Object.fromEntries(OTHER_CLASSES.flatMap(([name, element]) => classMembers(element, stat.storageClasses[name]))),
  });
}

/**
 * The public service bills short objects of these classes as longer ones; here both numbers are the bytes there are.
 */
function classMembers(element: string, { storageBytes, objectCount }: StorageClassStat): [string, number][] {
  return [
    [`${element}Storage`, storageBytes],
    [`${element}RealStorage`, storageBytes],
    [`${element}ObjectCount`, objectCount],
  ];
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseBucketStat(document: Uint8Array | string): BucketStat {
  const root = expectRoot(parseXml(document), 'BucketStat');
  const classStat = (element: string, storage: string): StorageClassStat => ({
    storageBytes: countOf(root, `${element}${storage}`) ?? 0,
    objectCount: countOf(root, `${element}ObjectCount`) ?? 0,
  });
  return {
    storageBytes: requiredCountOf(root, 'Storage'),
    objectCount: requiredCountOf(root, 'ObjectCount'),
    storageClasses: {
      Standard: classStat('Standard', 'Storage'),
      IA: classStat('InfrequentAccess', 'RealStorage'),
      Archive: classStat('Archive', 'RealStorage'),
      ColdArchive: classStat('ColdArchive', 'RealStorage'),
      DeepColdArchive: classStat('DeepColdArchive', 'RealStorage'),
    },
    multipartUploadCount: countOf(root, 'MultipartUploadCount') ?? 0,
    liveChannelCount: countOf(root, 'LiveChannelCount') ?? 0,
    multipartPartCount: countOf(root, 'MultipartPartCount') ?? 0,
    deleteMarkerCount: countOf(root, 'DeleteMarkerCount') ?? 0,
    lastModifiedMs: (countOf(root, 'LastModifiedTime') ?? 0) * 1000,
  };
}
