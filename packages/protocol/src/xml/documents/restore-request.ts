/** Document of RestoreObject: `RestoreRequest`. */
import { OssError } from '../../error/oss-error.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childOf, countOf, wordOf } from '../xml-element.js';
import { defined } from './optional.js';

/** How hastily an object of a cold archive class is brought back. */
export const RESTORE_TIERS = ['Expedited', 'Standard', 'Bulk'] as const;

/** How soon a restore is asked for. */
export type RestoreTier = (typeof RESTORE_TIERS)[number];

/** What a client asks for; all of it may be left out. */
export interface RestoreRequest {
  readonly days?: number;
  /** Only of the cold archive classes; there without `JobParameters` it is `Standard`. */
  readonly tier?: RestoreTier;
}

/** Writes the document. */
export function renderRestoreRequest({ days, tier }: RestoreRequest): string {
  return renderXml('RestoreRequest', {
    Days: days,
    JobParameters: tier === undefined ? undefined : { Tier: tier },
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`, or `InvalidArgument` for an unknown tier.
 */
export function parseRestoreRequest(document: Uint8Array | string): RestoreRequest {
  return readRequestDocument(document, 'RestoreRequest', readRestoreRequest);
}

function readRestoreRequest(root: XmlElement): RestoreRequest {
  const parameters = childOf(root, 'JobParameters');
  // Parameters without a tier mean the standard tier.
  const name = wordOf(parameters, 'Tier') ?? (parameters === undefined ? undefined : 'Standard');
  const tier = RESTORE_TIERS.find((known) => known === name);
  if (name !== undefined && tier === undefined) {
    throw new OssError('InvalidArgument', { details: { ArgumentName: 'Tier', ArgumentValue: name } });
  }
  return defined({ days: countOf(root, 'Days'), tier });
}
