/** Request document of PutBucket: `CreateBucketConfiguration`. */
import {
  type DataRedundancyType,
  isDataRedundancyType,
  isStorageClass,
  type StorageClass,
} from '../../storage-class.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { wordOf } from '../xml-element.js';
import { defined } from './optional.js';

/** What a bucket shall be like; everything may be left to the server. */
export interface CreateBucketConfiguration {
  /** Only old clients send it. */
  readonly locationConstraint?: string;
  readonly storageClass?: StorageClass;
  readonly dataRedundancyType?: DataRedundancyType;
}

/** Writes the document. */
export function renderCreateBucketConfiguration(configuration: CreateBucketConfiguration): string {
  return renderXml('CreateBucketConfiguration', {
    LocationConstraint: configuration.locationConstraint,
    StorageClass: configuration.storageClass,
    DataRedundancyType: configuration.dataRedundancyType,
  });
}

/**
 * Reads the document.
 * @param document The body; an empty one asks for nothing.
 * @throws {OssError} `MalformedXML`, also for an unknown storage class or redundancy type.
 */
export function parseCreateBucketConfiguration(document: Uint8Array | string): CreateBucketConfiguration {
  if (document.length === 0) return {};
  return readRequestDocument(document, 'CreateBucketConfiguration', readCreateBucketConfiguration);
}

function readCreateBucketConfiguration(root: XmlElement): CreateBucketConfiguration {
  const storageClass = wordOf(root, 'StorageClass');
  const dataRedundancyType = wordOf(root, 'DataRedundancyType');
  if (storageClass !== undefined && !isStorageClass(storageClass)) {
    throw malformed(`There is no storage class ${storageClass}.`);
  }
  if (dataRedundancyType !== undefined && !isDataRedundancyType(dataRedundancyType)) {
    throw malformed(`There is no data redundancy type ${dataRedundancyType}.`);
  }
  return defined({ locationConstraint: wordOf(root, 'LocationConstraint'), storageClass, dataRedundancyType });
}
