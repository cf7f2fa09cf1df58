/**
 * Documents of a bucket's retention policy: `InitiateWormConfiguration`, `ExtendWormConfiguration`,
 * `WormConfiguration`.
 */
import { OssError } from '../../error/oss-error.js';
import { formatIsoTime, parseIsoTime } from '../../iso-time.js';
import { LIMITS } from '../../limits.js';
import { parseXml } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { countOf, expectRoot, wordOf } from '../xml-element.js';

/** What GetBucketWorm says. */
export interface WormConfiguration {
  readonly wormId: string;
  readonly isLocked: boolean;
  readonly retentionDays: number;
  readonly createdAtMs: number;
}

/** Writes the answer of GetBucketWorm. */
export function renderWormConfiguration(configuration: WormConfiguration): string {
  return renderXml('WormConfiguration', {
    WormId: configuration.wormId,
    State: configuration.isLocked ? 'Locked' : 'InProgress',
    RetentionPeriodInDays: configuration.retentionDays,
    CreationDate: formatIsoTime(configuration.createdAtMs),
    ExpirationDate: configuration.isLocked ? undefined : formatIsoTime(configuration.createdAtMs + LOCK_WITHIN_MS),
  });
}

const LOCK_WITHIN_MS = 86_400_000;

/**
 * Reads the answer of GetBucketWorm.
 * @throws {OssError} `MalformedXML`.
 */
export function parseWormConfiguration(document: Uint8Array | string): WormConfiguration {
  const root = expectRoot(parseXml(document), 'WormConfiguration');
  return {
    wormId: wordOf(root, 'WormId') ?? '',
    isLocked: wordOf(root, 'State') === 'Locked',
    retentionDays: countOf(root, 'RetentionPeriodInDays') ?? 0,
    createdAtMs: parseIsoTime(wordOf(root, 'CreationDate') ?? '') ?? 0,
  };
}

/**
 * Writes the request of InitiateBucketWorm or ExtendBucketWorm.
 * @param name Name of the root element.
 */
export function renderRetentionPeriod(name: RetentionRequestName, retentionDays: number): string {
  return renderXml(name, { RetentionPeriodInDays: retentionDays });
}

/** Roots of the two requests. */
export type RetentionRequestName = 'InitiateWormConfiguration' | 'ExtendWormConfiguration';

/**
 * Reads the request of InitiateBucketWorm or ExtendBucketWorm.
 * @returns Days, 1 to 25,550 (70 years).
 * @throws {OssError} `MalformedXML`, `InvalidWORMConfiguration` for another number of days.
 */
export function parseRetentionPeriod(document: Uint8Array | string, name: RetentionRequestName): number {
  const text = readRequestDocument(document, name, (root) => wordOf(root, 'RetentionPeriodInDays')) ?? '';
  const days = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (days < LIMITS.retentionDaysMin || days > LIMITS.retentionDaysMax) {
    throw new OssError('InvalidWORMConfiguration', { details: { RetentionPeriodInDays: text } });
  }
  return days;
}
