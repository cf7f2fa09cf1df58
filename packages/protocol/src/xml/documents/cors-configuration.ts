/** Document of Put- and GetBucketCors: `CORSConfiguration`. Leaves out answering by it. */
import { OssError } from '../../error/oss-error.js';
import { LIMITS } from '../../limits.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childrenOf, flagOf, wordOf } from '../xml-element.js';
import { defined } from './optional.js';

/** Who may ask for what from a page of another origin. */
export interface CorsRule {
  /** Each with one `*` at most. */
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly CorsMethod[];
  /** Each with one `*` at most; compared without regard to case. */
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
}

/** Methods a rule may allow. */
export const CORS_METHODS = ['GET', 'PUT', 'DELETE', 'POST', 'HEAD'] as const;
/** A method that a CORS rule may allow. */
export type CorsMethod = (typeof CORS_METHODS)[number];

/** Rules in order; the first that fits counts. */
export interface CorsConfiguration {
  readonly rules: readonly CorsRule[];
  /** Whether every answer says that it depends on the origin. */
  readonly responseVary?: boolean;
}

/** The longest time a browser may be told to remember, as the public service has it. */
const MAX_AGE_SECONDS_MAX = 999_999_999;

/** Writes the document. */
export function renderCorsConfiguration({ rules, responseVary }: CorsConfiguration): string {
  return renderXml('CORSConfiguration', {
    CORSRule: rules.map((rule) => ({
      AllowedOrigin: rule.allowedOrigins,
      AllowedMethod: rule.allowedMethods,
      AllowedHeader: rule.allowedHeaders,
      ExposeHeader: rule.exposeHeaders,
      MaxAgeSeconds: rule.maxAgeSeconds,
    })),
    ResponseVary: responseVary,
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML` also for no rule or more than 16 KiB, `CORSRuleBeyondLimit` for more than 10 rules,
 *   `InvalidArgument` for a value that is not allowed.
 */
export function parseCorsConfiguration(document: Uint8Array | string): CorsConfiguration {
  return readRequestDocument(document, 'CORSConfiguration', readCorsConfiguration, {
    lengthBytesMax: LIMITS.corsBodyLengthBytesMax,
  });
}

function readCorsConfiguration(root: XmlElement): CorsConfiguration {
  const elements = childrenOf(root, 'CORSRule');
  if (elements.length === 0) throw malformed('CORSConfiguration must have at least one CORSRule.');
  if (elements.length > LIMITS.corsRuleCountMax) throw new OssError('CORSRuleBeyondLimit');
  return { rules: elements.map(readRule), ...defined({ responseVary: flagOf(root, 'ResponseVary') }) };
}

function readRule(element: XmlElement): CorsRule {
  const maxAgeSeconds = readMaxAge(element);
  const allowedOrigins = readWords(element, 'AllowedOrigin', 1);
  const allowedMethods = readWords(element, 'AllowedMethod', 0);
  if (allowedOrigins.length === 0 || allowedMethods.length === 0) {
    throw malformed('A CORSRule must have an AllowedOrigin and an AllowedMethod.');
  }
  return {
    allowedOrigins,
    allowedMethods: allowedMethods.map((name) => {
      const method = CORS_METHODS.find((known) => known === name.toUpperCase());
      if (method === undefined) throw invalid('AllowedMethod', name);
      return method;
    }),
    allowedHeaders: readWords(element, 'AllowedHeader', 1),
    exposeHeaders: readWords(element, 'ExposeHeader', 0),
    ...defined({ maxAgeSeconds }),
  };
}

function readMaxAge(element: XmlElement): number | undefined {
  const text = wordOf(element, 'MaxAgeSeconds');
  if (text === undefined) return undefined;
  if (!/^-?\d{1,16}$/.test(text)) throw malformed('MaxAgeSeconds must be a whole number.');
  const seconds = Number(text);
  if (seconds < 0 || seconds > MAX_AGE_SECONDS_MAX) throw invalid('MaxAgeSeconds', text);
  return seconds;
}

function readWords(element: XmlElement, name: string, wildcardCountMax: number): string[] {
  return childrenOf(element, name).map((child) => {
    const word = child.text.trim();
    const isHeaderValue = /^[\x21-\x7e]+$/.test(word);
    if (!isHeaderValue || word.split('*').length - 1 > wildcardCountMax) throw invalid(name, word);
    return word;
  });
}

function invalid(name: string, value: string): OssError {
  return new OssError('InvalidArgument', {
    message: `The value of ${name} is not valid.`,
    details: { ArgumentName: name, ArgumentValue: value },
  });
}
