/**
 * Document of Put- and GetBucketLifecycle: `LifecycleConfiguration`. Reads and writes; what rules may not say together
 * is in `lifecycle-rules.ts`, carrying them out is the server's.
 */
import { OssError } from '../../error/oss-error.js';
import { formatIsoTime, parseIsoTime } from '../../iso-time.js';
import { LIMITS } from '../../limits.js';
import { isStorageClass, type StorageClass } from '../../storage-class.js';
import type { Tag } from '../../tagging.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readInPieces } from '../read-in-pieces.js';
import { readRequestDocument } from '../read-request-document.js';
import { lazily, renderLongXml, type XmlPieces } from '../render-long-xml.js';
import { renderXml, type XmlContent } from '../render-xml.js';
import { childOf, childrenOf, countOf, flagOf, textOf, wordOf } from '../xml-element.js';
import { defined } from './optional.js';

/**
 * When an action is due: so many days after the last modification, for everything last modified before a date, or for
 * everything from a date on. Exactly one is there.
 */
export interface LifecycleAge {
  readonly days?: number;
  /** A midnight, UTC. */
  readonly createdBeforeDateMs?: number;
  /** A midnight, UTC: from then on everything is due, however new. */
  readonly dateMs?: number;
}

/** What happens to old current versions. With none of its parts it does nothing. */
export interface LifecycleExpiration extends LifecycleAge {
  /** Whether delete markers without versions behind them are removed. */
  readonly expiredObjectDeleteMarker?: boolean;
}

/** Where versions move, and whether reading keeps them from it. */
interface TransitionTarget {
  readonly storageClass: Exclude<StorageClass, 'Standard'>;
  /**
   * The age counts from the last access. This server does not record accesses, so such a transition is kept and never
   * due.
   */
  readonly isAccessTime?: boolean;
  /** Whether an access brings the object back; only with `isAccessTime`. */
  readonly returnToStdWhenVisit?: boolean;
  /** Whether objects below 64 KiB move too; only with `isAccessTime`. */
  readonly allowSmallFile?: boolean;
}

/** A storage class that current versions move to. */
export type LifecycleTransition = TransitionTarget & LifecycleAge;

/** A storage class that earlier versions move to. */
export interface NoncurrentTransition extends TransitionTarget {
  readonly noncurrentDays: number;
}

/** Objects a rule leaves alone. */
export interface LifecycleException {
  readonly prefix: string;
  readonly tag?: Tag;
}

/** What a rule asks of objects besides prefix and tags. */
export interface LifecycleFilter {
  readonly sizeGreaterThanBytes?: number;
  readonly sizeLessThanBytes?: number;
  readonly not: readonly LifecycleException[];
}

/** One rule. */
export interface LifecycleRule {
  /** Empty in a request: the server makes one. */
  readonly id: string;
  readonly prefix: string;
  readonly isEnabled: boolean;
  /** An object must have all of them. */
  readonly tags: readonly Tag[];
  readonly filter?: LifecycleFilter;
  readonly expiration?: LifecycleExpiration;
  readonly transitions: readonly LifecycleTransition[];
  readonly abortMultipartUpload?: LifecycleAge;
  readonly noncurrentVersionExpirationDays?: number;
  readonly noncurrentVersionTransitions: readonly NoncurrentTransition[];
}

/** Rules in order. */
export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[];
}

/** Writes the document. `Prefix` is written even if empty: SDKs read it without looking whether it is there. */
export function renderLifecycleConfiguration({ rules }: LifecycleConfiguration): string {
  return renderXml('LifecycleConfiguration', { Rule: rules.map(ruleContent) });
}

/** As {@link renderLifecycleConfiguration}, in pieces. */
export function renderLongLifecycleConfiguration({ rules }: LifecycleConfiguration): XmlPieces {
  return renderLongXml('LifecycleConfiguration', [['Rule', lazily(rules, ruleContent)]]);
}

function ruleContent(rule: LifecycleRule): XmlContent {
  return {
    ID: rule.id,
    Prefix: rule.prefix || null,
    Status: rule.isEnabled ? 'Enabled' : 'Disabled',
    Tag: rule.tags.map(tagContent),
    Filter: rule.filter === undefined ? undefined : filterContent(rule.filter),
    Expiration: expirationContent(rule.expiration),
    Transition: rule.transitions.map((transition) => ({
      ...ageContent(transition),
      ...targetContent(transition),
    })),
    AbortMultipartUpload: ageContent(rule.abortMultipartUpload),
    NoncurrentVersionExpiration: { NoncurrentDays: rule.noncurrentVersionExpirationDays },
    NoncurrentVersionTransition: rule.noncurrentVersionTransitions.map((transition) => ({
      NoncurrentDays: transition.noncurrentDays,
      ...targetContent(transition),
    })),
  };
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`; `InvalidArgument` for a number, date or class that is none.
 */
export function parseLifecycleConfiguration(document: Uint8Array | string): LifecycleConfiguration {
  return readRequestDocument(document, 'LifecycleConfiguration', readLifecycleConfiguration);
}

/** Some milliseconds of reading. */
const PIECE = {
  rootName: 'LifecycleConfiguration',
  childName: 'Rule',
  childCount: 50,
  childCountMax: LIMITS.lifecycleRuleCountMax,
};

/**
 * Reads a document of many rules as {@link parseLifecycleConfiguration} does, and lets others go on in between.
 * @param pause Waited for between two pieces.
 * @throws {OssError} as that; what is said of the place of a mistake counts from the beginning of its piece.
 */
export async function parseLongLifecycleConfiguration(
  document: Uint8Array,
  pause: () => Promise<void>,
): Promise<LifecycleConfiguration> {
  const pieces = await readInPieces(document, PIECE, parseLifecycleConfiguration, pause);
  return { rules: pieces.flatMap(({ rules }) => rules) };
}

function readLifecycleConfiguration(root: XmlElement): LifecycleConfiguration {
  return { rules: childrenOf(root, 'Rule').map(readRule) };
}

function readRule(element: XmlElement): LifecycleRule {
  const status = wordOf(element, 'Status');
  if (status !== 'Enabled' && status !== 'Disabled') throw malformed('Status must be Enabled or Disabled.');
  const expiration = childOf(element, 'Expiration');
  const abort = childOf(element, 'AbortMultipartUpload');
  const noncurrentExpiration = childOf(element, 'NoncurrentVersionExpiration');
  return {
    id: wordOf(element, 'ID') ?? '',
    prefix: textOf(element, 'Prefix') ?? '',
    isEnabled: status === 'Enabled',
    tags: childrenOf(element, 'Tag').map(readTag),
    transitions: childrenOf(element, 'Transition').map((transition) => ({
      ...readAge(transition, true),
      ...readTarget(transition),
    })),
    noncurrentVersionTransitions: childrenOf(element, 'NoncurrentVersionTransition').map((transition) => ({
      noncurrentDays: requireDays(transition, 'NoncurrentDays'),
      ...readTarget(transition),
    })),
    ...defined({
      filter: readFilter(childOf(element, 'Filter')),
      expiration: expiration && readExpiration(expiration),
      abortMultipartUpload: abort && readAge(abort, true),
      noncurrentVersionExpirationDays: noncurrentExpiration && requireDays(noncurrentExpiration, 'NoncurrentDays'),
    }),
  };
}

function readExpiration(element: XmlElement): LifecycleExpiration {
  const expiredObjectDeleteMarker = flagOf(element, 'ExpiredObjectDeleteMarker');
  const age = readAge(element, expiredObjectDeleteMarker === undefined);
  if (expiredObjectDeleteMarker !== undefined && Object.keys(age).length > 0) {
    throw malformed('ExpiredObjectDeleteMarker cannot be used with Days, Date or CreatedBeforeDate.');
  }
  return { ...age, ...defined({ expiredObjectDeleteMarker }) };
}

function readAge(element: XmlElement, isRequired: boolean): LifecycleAge {
  const days = readDays(element, 'Days');
  const createdBeforeDateMs = readMidnight(element, 'CreatedBeforeDate');
  const dateMs = readMidnight(element, 'Date');
  const givenCount = [days, createdBeforeDateMs, dateMs].filter((age) => age !== undefined).length;
  if (givenCount > 1) throw malformed(`${element.name} must have only one of Days, Date and CreatedBeforeDate.`);
  if (givenCount === 0 && isRequired) throw malformed(`${element.name} must have Days, Date or CreatedBeforeDate.`);
  return defined({ days, createdBeforeDateMs, dateMs });
}

function readMidnight(element: XmlElement, name: string): number | undefined {
  const text = wordOf(element, name);
  if (text === undefined) return undefined;
  const atMs = parseIsoTime(text);
  if (atMs !== undefined && atMs % 86_400_000 === 0) return atMs;
  throw new OssError('InvalidArgument', {
    message: `'${name}' must be a midnight GMT in ISO 8601 format.`,
    details: { ArgumentName: name, ArgumentValue: text },
  });
}

function readDays(element: XmlElement, name: string): number | undefined {
  const text = wordOf(element, name);
  if (text === undefined) return undefined;
  // A hundred years: what is later than that is a mistake, and dates stay in the range of clocks.
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= DAYS_MAX) return Number(text);
  throw new OssError('InvalidArgument', {
    message: `'${name}' in the ${element.name} action must be a positive integer.`,
    details: { ArgumentName: name, ArgumentValue: text },
  });
}

const DAYS_MAX = 36_500;

function requireDays(element: XmlElement, name: string): number {
  const days = readDays(element, name);
  if (days === undefined) throw malformed(`${element.name} must have ${name}.`);
  return days;
}

function readTarget(element: XmlElement): TransitionTarget {
  return {
    storageClass: readColdClass(element),
    ...defined({
      isAccessTime: flagOf(element, 'IsAccessTime'),
      returnToStdWhenVisit: flagOf(element, 'ReturnToStdWhenVisit'),
      allowSmallFile: flagOf(element, 'AllowSmallFile'),
    }),
  };
}

function readColdClass(element: XmlElement): Exclude<StorageClass, 'Standard'> {
  const storageClass = wordOf(element, 'StorageClass');
  if (storageClass === undefined) throw malformed(`${element.name} must have a StorageClass.`);
  if (isStorageClass(storageClass) && storageClass !== 'Standard') return storageClass;
  throw new OssError('InvalidArgument', {
    message: `'StorageClass' in the ${element.name} action is not valid.`,
    details: { ArgumentName: 'StorageClass', ArgumentValue: storageClass },
  });
}

function readTag(element: XmlElement): Tag {
  const key = textOf(element, 'Key');
  if (key === undefined || key === '') throw malformed('A Tag must have a Key.');
  return { key, value: textOf(element, 'Value') ?? '' };
}

function readFilter(element: XmlElement | undefined): LifecycleFilter | undefined {
  if (element === undefined) return undefined;
  return {
    not: childrenOf(element, 'Not').map((not) => {
      const tag = childOf(not, 'Tag');
      return { prefix: textOf(not, 'Prefix') ?? '', ...defined({ tag: tag && readTag(tag) }) };
    }),
    ...defined({
      sizeGreaterThanBytes: countOf(element, 'ObjectSizeGreaterThan'),
      sizeLessThanBytes: countOf(element, 'ObjectSizeLessThan'),
    }),
  };
}

function tagContent({ key, value }: Tag): XmlContent {
  return { Key: key, Value: value || null };
}

function ageContent(age: LifecycleAge | undefined): XmlContent {
  return {
    Days: age?.days,
    CreatedBeforeDate: age?.createdBeforeDateMs === undefined ? undefined : formatIsoTime(age.createdBeforeDateMs),
    Date: age?.dateMs === undefined ? undefined : formatIsoTime(age.dateMs),
  };
}

function targetContent(transition: TransitionTarget): XmlContent {
  return {
    StorageClass: transition.storageClass,
    IsAccessTime: transition.isAccessTime,
    ReturnToStdWhenVisit: transition.returnToStdWhenVisit,
    AllowSmallFile: transition.allowSmallFile,
  };
}

function expirationContent(expiration: LifecycleExpiration | undefined): XmlContent {
  return { ...ageContent(expiration), ExpiredObjectDeleteMarker: expiration?.expiredObjectDeleteMarker };
}

function filterContent(filter: LifecycleFilter): XmlContent {
  return {
    ObjectSizeGreaterThan: filter.sizeGreaterThanBytes,
    ObjectSizeLessThan: filter.sizeLessThanBytes,
    Not: filter.not.map(({ prefix, tag }) => ({ Prefix: prefix || null, Tag: tag && tagContent(tag) })),
  };
}
