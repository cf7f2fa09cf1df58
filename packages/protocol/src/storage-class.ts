/**
 * Storage classes and data redundancy types. Leaves out what they cost or promise: a self-hosted server keeps all
 * alike.
 */
import { OssError } from './error/oss-error.js';

/** Every storage class. */
export const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'] as const;

/** A storage class. */
export type StorageClass = (typeof STORAGE_CLASSES)[number];

/** Every data redundancy type. */
export const DATA_REDUNDANCY_TYPES = ['LRS', 'ZRS'] as const;

/** How a bucket's data is kept: in one zone or in several. */
export type DataRedundancyType = (typeof DATA_REDUNDANCY_TYPES)[number];

/** Classes that an appendable object cannot have. */
const NOT_APPENDABLE: readonly StorageClass[] = ['ColdArchive', 'DeepColdArchive'];

/**
 * Tells whether a text is a storage class. Case counts.
 * @param text Any text.
 */
export function isStorageClass(text: string): text is StorageClass {
  return STORAGE_CLASSES.some((name) => name === text);
}

/**
 * Tells whether a text is a data redundancy type.
 * @param text Any text.
 */
export function isDataRedundancyType(text: string): text is DataRedundancyType {
  return DATA_REDUNDANCY_TYPES.some((name) => name === text);
}

/**
 * Reads the header `x-oss-storage-class`.
 * @param value Header value.
 * @returns The class, or `undefined` without a header.
 * @throws {OssError} `InvalidArgument`.
 */
export function parseStorageClass(value: string | undefined): StorageClass | undefined {
  if (value === undefined) return undefined;
  if (isStorageClass(value)) return value;
  throw new OssError('InvalidArgument', {
    details: { ArgumentName: 'x-oss-storage-class', ArgumentValue: value },
  });
}

/**
 * Reads the header `x-oss-storage-class` of an append, which cannot create cold objects.
 * @param value Header value.
 * @returns The class, or `undefined` without a header.
 * @throws {OssError} `InvalidArgument`, with EC 0016-00000503 for a class that exists but cannot be appended to.
 */
export function parseAppendStorageClass(value: string | undefined): StorageClass | undefined {
  const storageClass = parseStorageClass(value);
  if (storageClass === undefined || !NOT_APPENDABLE.includes(storageClass)) return storageClass;
  throw new OssError('InvalidArgument', {
    message: `An appendable object cannot have the storage class ${storageClass}.`,
    ec: '0016-00000503',
    details: { ArgumentName: 'x-oss-storage-class', ArgumentValue: storageClass },
  });
}
