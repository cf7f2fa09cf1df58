/**
 * Replication rules of a bucket in their documents and in its row. Nothing is copied, so every rule stays in the state
 * `starting` with no progress.
 */
import { OssError, parsePlainConfiguration, refuseWithEc, type XmlContent } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import type { NamedDocuments } from '../../bucket-configuration/configuration-members.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { readConfigurationDocument } from './configuration-document.js';

/** Of every document about replication that is malformed. */
const MALFORMED_EC = '0031-00000001';

/** What a rule means that does not say it: every change is copied, and what was there before. */
export function withDefaults(rule: XmlContent): XmlContent {
  return {
    ...rule,
    Action: rule.Action ?? 'ALL',
    HistoricalObjectReplication: rule.HistoricalObjectReplication ?? 'enabled',
  };
}

/**
 * @param id A rule that must be among them.
 * @throws {OssError} `NoSuchReplicationConfiguration`, `NoSuchReplicationRule`.
 */
export function requireRules(record: BucketRecord, id?: string): NamedDocuments {
  const { replication } = configurationsOf(record);
  if (id !== undefined && (replication === undefined || !Object.hasOwn(replication, id))) {
    throw new OssError('NoSuchReplicationRule', { details: { BucketName: record.name } });
  }
  if (replication === undefined) {
    throw new OssError('NoSuchReplicationConfiguration', { details: { BucketName: record.name } });
  }
  return replication;
}

/**
 * Reads the document of a request. @param root Name of its root element. @throws {OssError} `MalformedXML` with the EC
 * of replication.
 */
export async function readDocument(request: OperationRequest, root: string): Promise<XmlContent> {
  const document = await readConfigurationDocument(request);
  return refuseWithEc(MALFORMED_EC, () => parsePlainConfiguration(document, root));
}

/** Tells whether a member of a document has members itself. */
export function isContent(value: unknown): value is XmlContent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses a document. @param detail What is wrong with it. */
export function malformed(detail: string): OssError {
  return new OssError('MalformedXML', { ec: MALFORMED_EC, details: { ErrorDetail: detail } });
}
