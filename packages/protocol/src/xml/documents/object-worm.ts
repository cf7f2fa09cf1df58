/** Documents of object WORM: `ObjectWormConfiguration` of a bucket, `Retention` and `LegalHold` of a version. */
import { formatIsoTime } from '../../iso-time.js';
import { LIMITS } from '../../limits.js';
import {
  formatLegalHoldStatus,
  parseLegalHoldStatus,
  parseRetainUntil,
  parseRetentionMode,
  type Retention,
} from '../../object-protection.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childOf, countOf, wordOf } from '../xml-element.js';

/** Object WORM of a bucket; that it is there means that it is enabled. */
export interface ObjectWormConfiguration {
  /** What versions get that are born without a retention. */
  readonly defaultRetention?: {
    readonly mode: Retention['mode'];
    readonly unit: 'days' | 'years';
    readonly count: number;
  };
}

/** Writes the document of Get- and PutBucketObjectWormConfiguration. */
export function renderObjectWormConfiguration({ defaultRetention }: ObjectWormConfiguration): string {
  return renderXml('ObjectWormConfiguration', {
    ObjectWormEnabled: 'Enabled',
    Rule:
      defaultRetention === undefined
        ? undefined
        : {
            DefaultRetention: {
              Mode: defaultRetention.mode,
              [defaultRetention.unit === 'days' ? 'Days' : 'Years']: defaultRetention.count,
            },
          },
  });
}

/**
 * Reads the document of PutBucketObjectWormConfiguration.
 * @throws {OssError} `MalformedXML`, also for another period and when it does not enable: there is no way back;
 * `InvalidArgument` for another mode.
 */
export function parseObjectWormConfiguration(document: Uint8Array | string): ObjectWormConfiguration {
  return readRequestDocument(document, 'ObjectWormConfiguration', readObjectWormConfiguration);
}

function readObjectWormConfiguration(root: XmlElement): ObjectWormConfiguration {
  if (wordOf(root, 'ObjectWormEnabled') !== 'Enabled') throw malformed('ObjectWormEnabled must be Enabled.');
  const rule = childOf(root, 'Rule');
  if (rule === undefined) return {};
  const retention = childOf(rule, 'DefaultRetention');
  if (retention === undefined) throw malformed('A Rule must have a DefaultRetention.');
  return { defaultRetention: readDefaultRetention(retention) };
}

function readDefaultRetention(element: XmlElement): NonNullable<ObjectWormConfiguration['defaultRetention']> {
  const mode = parseRetentionMode('Mode', wordOf(element, 'Mode') ?? '');
  const days = countOf(element, 'Days');
  const years = countOf(element, 'Years');
  if (days !== undefined && years === undefined) {
    return { mode, unit: 'days', count: requirePeriod('Days', days, LIMITS.objectRetentionDaysMax) };
  }
  if (years !== undefined && days === undefined) {
    return { mode, unit: 'years', count: requirePeriod('Years', years, LIMITS.objectRetentionYearsMax) };
  }
  throw malformed('A DefaultRetention must have either Days or Years.');
}

function requirePeriod(name: string, count: number, countMax: number): number {
  if (count < 1 || count > countMax) throw malformed(`${name} must be 1 to ${countMax}.`);
  return count;
}

/** Writes the document of Get- and PutObjectRetention. */
export function renderRetention({ mode, untilMs }: Retention): string {
  return renderXml('Retention', { Mode: mode, RetainUntilDate: formatIsoTime(untilMs) });
}

/**
 * Reads the document of PutObjectRetention.
 * @param nowMs Milliseconds since 1970: the retention must end later.
 * @throws {OssError} `MalformedXML`, `InvalidArgument`.
 */
export function parseRetention(document: Uint8Array | string, nowMs: number): Retention {
  return readRequestDocument(document, 'Retention', (root) => ({
    mode: parseRetentionMode('Mode', wordOf(root, 'Mode') ?? ''),
    untilMs: parseRetainUntil('RetainUntilDate', wordOf(root, 'RetainUntilDate') ?? '', nowMs),
  }));
}

/** Writes the document of Get- and PutObjectLegalHold. */
export function renderLegalHold(isHeld: boolean): string {
  return renderXml('LegalHold', { Status: formatLegalHoldStatus(isHeld) });
}

/**
 * Reads the document of PutObjectLegalHold.
 * @throws {OssError} `MalformedXML`, `InvalidArgument`.
 */
export function parseLegalHold(document: Uint8Array | string): boolean {
  const status = readRequestDocument(document, 'LegalHold', (root) => wordOf(root, 'Status'));
  return parseLegalHoldStatus('Status', status ?? '');
}
