/** Document of Put- and GetBucketWebsite: `WebsiteConfiguration`. Leaves out serving by it. */
import { OssError } from '../../error/oss-error.js';
import { LIMITS } from '../../limits.js';
import { utf8LengthBytes } from '../../text.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml, type XmlContent } from '../render-xml.js';
import { childOf, childrenOf, countOf, flagOf, noteWholeRead, textOf, wordOf } from '../xml-element.js';
import { defined } from './optional.js';
import { contentOf, withLowerCaseFlags } from './plain-configuration.js';

/** The page of a folder. */
export interface WebsiteIndex {
  /** Name of an object in the root or, with `supportSubDir`, in each folder. */
  readonly suffix: string;
  readonly supportSubDir?: boolean;
  /**
   * Asked for a name that is no object: 0 looks for the index of a folder of that name, 1 does not look, 2 looks for
   * any object in it.
   */
  readonly type?: 0 | 1 | 2;
}

/** The page shown instead of a 404. */
export interface WebsiteError {
  readonly key: string;
  /** 200 or 404. */
  readonly httpStatus?: number;
}

/** A header that a request must have. */
export interface WebsiteHeader {
  readonly key: string;
  readonly equals?: string;
  readonly startsWith?: string;
  readonly endsWith?: string;
}

/** When a routing rule applies: everything given must hold. */
export interface WebsiteCondition {
  readonly keyPrefixEquals?: string;
  readonly keySuffixEquals?: string;
  readonly httpErrorCodeReturnedEquals?: number;
  readonly includeHeaders: readonly WebsiteHeader[];
}

/** Where a routing rule leads. */
export interface WebsiteRedirect {
  readonly type: 'External' | 'AliCDN';
  readonly protocol?: 'http' | 'https';
  readonly hostName?: string;
  readonly replaceKeyPrefixWith?: string;
  readonly enableReplacePrefix?: boolean;
  /** `${key}` stands for the key asked for. */
  readonly replaceKeyWith?: string;
  /** 301, 302 or 307. */
  readonly httpRedirectCode?: number;
  readonly passQueryString?: boolean;
  /** Elements of mirrors, which SDKs write into rules of every type. They mean nothing here, and are given back. */
  readonly mirror?: XmlContent;
}

/** What a rule says that would fetch from elsewhere: kept whole, and never followed. */
export interface KeptRedirect {
  readonly type: 'Mirror' | 'Internal';
  /** Everything in the element, its type too. */
  readonly content: XmlContent;
}

/** One routing rule. */
export interface WebsiteRoutingRule {
  readonly ruleNumber: number;
  readonly condition: WebsiteCondition;
  readonly redirect: WebsiteRedirect | KeptRedirect;
  /** A script that the public service would run here: kept whole, and never run. */
  readonly luaConfig?: XmlContent;
}

/** How a bucket is shown as a website. */
export interface WebsiteConfiguration {
  readonly index?: WebsiteIndex;
  readonly error?: WebsiteError;
  /** By number. */
  readonly routingRules: readonly WebsiteRoutingRule[];
}

const INDEX_TYPES = [0, 1, 2] as const;
const PROTOCOLS = ['http', 'https'] as const;
const RULE_COUNT_MAX = 20;
const HEADER_COUNT_MAX = 10;

/** Writes the document. */
export function renderWebsiteConfiguration({ index, error, routingRules }: WebsiteConfiguration): string {
  return renderXml('WebsiteConfiguration', {
    IndexDocument: { Suffix: index?.suffix, SupportSubDir: index?.supportSubDir, Type: index?.type },
    ErrorDocument: { Key: error?.key, HttpStatus: error?.httpStatus },
    RoutingRules: { RoutingRule: routingRules.map(ruleContent) },
  });
}

function ruleContent({ ruleNumber, condition, redirect, luaConfig }: WebsiteRoutingRule): XmlContent {
  return {
    RuleNumber: ruleNumber,
    Condition: {
      KeyPrefixEquals: condition.keyPrefixEquals,
      KeySuffixEquals: condition.keySuffixEquals,
      HttpErrorCodeReturnedEquals: condition.httpErrorCodeReturnedEquals,
      IncludeHeader: condition.includeHeaders.map(({ key, equals, startsWith, endsWith }) => ({
        Key: key,
        Equals: equals,
        StartsWith: startsWith,
        EndsWith: endsWith,
      })),
    },
    Redirect: 'content' in redirect ? keptContent(redirect) : redirectContent(redirect),
    LuaConfig: luaConfig,
  };
}

/** The public service shows both flags of a mirror, whether or not they were given. */
function keptContent({ type, content }: KeptRedirect): XmlContent {
  const shown = withLowerCaseFlags(content);
  if (type !== 'Mirror') return shown;
  return {
    ...shown,
    PassQueryString: shown.PassQueryString ?? shown.MirrorPassQueryString ?? 'false',
    MirrorPassOriginalSlashes: shown.MirrorPassOriginalSlashes ?? 'false',
  };
}

function redirectContent(redirect: WebsiteRedirect): XmlContent {
  return {
    RedirectType: redirect.type,
    Protocol: redirect.protocol,
    HostName: redirect.hostName,
    ReplaceKeyPrefixWith: redirect.replaceKeyPrefixWith,
    EnableReplacePrefix: redirect.enableReplacePrefix,
    ReplaceKeyWith: redirect.replaceKeyWith,
    HttpRedirectCode: redirect.httpRedirectCode,
    PassQueryString: redirect.passQueryString,
    ...redirect.mirror,
  };
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`, `InvalidArgument` for a value that is not allowed.
 */
export function parseWebsiteConfiguration(document: Uint8Array | string): WebsiteConfiguration {
  return readRequestDocument(document, 'WebsiteConfiguration', readWebsiteConfiguration);
}

function readWebsiteConfiguration(root: XmlElement): WebsiteConfiguration {
  const indexElement = childOf(root, 'IndexDocument');
  const errorElement = childOf(root, 'ErrorDocument');
  const isIndexLess = countOfRules(root) > 0 && indexElement !== undefined && isWithout(indexElement, 'Suffix');
  const index = indexElement && (isIndexLess ? skipIndex(indexElement) : readIndex(indexElement));
  const error = errorElement && readError(errorElement);
  const routingRules = childrenOf(childOf(root, 'RoutingRules'), 'RoutingRule').map(readRule);
  if (index === undefined && error === undefined && routingRules.length === 0) {
    throw malformed('WebsiteConfiguration must have an IndexDocument, an ErrorDocument or RoutingRules.');
  }
  if (routingRules.length > RULE_COUNT_MAX) {
    throw malformed(`WebsiteConfiguration must not have more than ${RULE_COUNT_MAX} routing rules.`);
  }
  const numbers = new Set(routingRules.map(({ ruleNumber }) => ruleNumber));
  if (numbers.size < routingRules.length) throw malformed('RuleNumber must be unique.');
  routingRules.sort((one, other) => one.ruleNumber - other.ruleNumber);
  return { routingRules, ...defined({ index, error }) };
}

function countOfRules(root: XmlElement): number {
  return childrenOf(childOf(root, 'RoutingRules'), 'RoutingRule').length;
}

function isWithout(element: XmlElement, name: string): boolean {
  return (textOf(element, name) ?? '').trim() === '';
}

/**
 * An index without a name beside rules, as consoles and SDKs send it, is none. What stands beside the name is read all
 * the same, so that it is understood.
 */
function skipIndex(element: XmlElement): undefined {
  flagOf(element, 'SupportSubDir');
  countOf(element, 'Type');
  return undefined;
}

function readIndex(element: XmlElement): WebsiteIndex {
  const suffix = readKey(element, 'Suffix');
  if (suffix.includes('/')) throw invalid('Suffix', suffix);
  const number = countOf(element, 'Type');
  const type = INDEX_TYPES.find((known) => known === number);
  if (type !== number) throw invalid('Type', String(number));
  return { suffix, ...defined({ supportSubDir: flagOf(element, 'SupportSubDir'), type }) };
}

function readError(element: XmlElement): WebsiteError {
  const httpStatus = countOf(element, 'HttpStatus');
  if (httpStatus !== undefined && httpStatus !== 200 && httpStatus !== 404) {
    throw invalid('HttpStatus', String(httpStatus));
  }
  return { key: readKey(element, 'Key'), ...defined({ httpStatus }) };
}

function readRule(element: XmlElement): WebsiteRoutingRule {
  const ruleNumber = countOf(element, 'RuleNumber');
  if (ruleNumber === undefined || ruleNumber === 0) throw malformed('RuleNumber must be a positive integer.');
  const redirect = childOf(element, 'Redirect');
  if (redirect === undefined) throw malformed('A RoutingRule must have a Redirect.');
  const luaConfig = childOf(element, 'LuaConfig');
  const rule = {
    ruleNumber,
    condition: readCondition(childOf(element, 'Condition')),
    redirect: readRedirect(redirect),
    ...defined({ luaConfig: luaConfig && contentOf(luaConfig) }),
  };
  // What is there is never fetched from elsewhere.
  if (rule.redirect.type === 'Mirror' && rule.condition.httpErrorCodeReturnedEquals !== 404) {
    throw new OssError('InvalidArgument', {
      message: 'A rule of the type Mirror takes HttpErrorCodeReturnedEquals 404.',
      details: {
        ArgumentName: 'HttpErrorCodeReturnedEquals',
        ArgumentValue: String(rule.condition.httpErrorCodeReturnedEquals ?? ''),
      },
    });
  }
  return rule;
}

function readCondition(element: XmlElement | undefined): WebsiteCondition {
  const code = countOf(element, 'HttpErrorCodeReturnedEquals');
  if (code !== undefined && code !== 404 && code !== 403) {
    throw invalid('HttpErrorCodeReturnedEquals', String(code));
  }
  const headers = childrenOf(element, 'IncludeHeader');
  if (headers.length > HEADER_COUNT_MAX) throw malformed('A Condition must not have more than 10 IncludeHeaders.');
  return {
    includeHeaders: headers.map((header) => {
      const key = wordOf(header, 'Key');
      if (key === undefined) throw malformed('An IncludeHeader must have a Key.');
      return {
        key: key.toLowerCase(),
        ...defined({
          equals: wordOf(header, 'Equals'),
          startsWith: wordOf(header, 'StartsWith'),
          endsWith: wordOf(header, 'EndsWith'),
        }),
      };
    }),
    ...defined({
      keyPrefixEquals: textOf(element, 'KeyPrefixEquals') || undefined,
      keySuffixEquals: textOf(element, 'KeySuffixEquals') || undefined,
      httpErrorCodeReturnedEquals: code,
    }),
  };
}

function readRedirect(element: XmlElement): WebsiteRoutingRule['redirect'] {
  const type = wordOf(element, 'RedirectType') ?? 'External';
  if (type === 'Mirror' || type === 'Internal') return { type, content: contentOf(element) };
  if (type !== 'External' && type !== 'AliCDN') throw invalid('RedirectType', type);
  const scheme = wordOf(element, 'Protocol');
  const protocol = PROTOCOLS.find((known) => known === scheme);
  if (protocol !== scheme) throw invalid('Protocol', scheme ?? '');
  const hostName = wordOf(element, 'HostName');
  if (hostName !== undefined && !/^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/.test(hostName)) {
    throw invalid('HostName', hostName);
  }
  const httpRedirectCode = countOf(element, 'HttpRedirectCode');
  if (httpRedirectCode !== undefined && ![301, 302, 307].includes(httpRedirectCode)) {
    throw invalid('HttpRedirectCode', String(httpRedirectCode));
  }
  const replaceKeyWith = textOf(element, 'ReplaceKeyWith') || undefined;
  const replaceKeyPrefixWith = textOf(element, 'ReplaceKeyPrefixWith');
  if (replaceKeyWith !== undefined && replaceKeyPrefixWith !== undefined && replaceKeyPrefixWith !== '') {
    throw malformed('A Redirect has either ReplaceKeyWith or ReplaceKeyPrefixWith.');
  }
  return {
    type,
    ...defined({
      protocol,
      hostName,
      httpRedirectCode,
      replaceKeyWith,
      replaceKeyPrefixWith,
      enableReplacePrefix: flagOf(element, 'EnableReplacePrefix'),
      passQueryString: flagOf(element, 'PassQueryString'),
      mirror: mirrorContent(element),
    }),
  };
}

/** Go V1 writes an empty `MirrorHeaders` into every rule, Java V1 its flags. */
function mirrorContent(element: XmlElement): XmlContent | undefined {
  const names = [...new Set(element.children.map(({ name }) => name))].filter((name) => /^Mirror[A-Z]/.test(name));
  for (const name of names) childrenOf(element, name).forEach(noteWholeRead);
  if (names.length === 0) return undefined;
  const children = element.children.filter(({ name }) => names.includes(name));
  return contentOf({ ...element, text: '', children });
}

function readKey(element: XmlElement, name: string): string {
  const key = wordOf(element, name);
  if (key === undefined) throw malformed(`${element.name} must have a ${name}.`);
  if (utf8LengthBytes(key) > LIMITS.keyLengthBytesMax || /^[/\\]/.test(key)) throw invalid(name, key);
  return key;
}

function invalid(name: string, value: string): OssError {
  return new OssError('InvalidArgument', {
    message: `The value of ${name} is not valid.`,
    details: { ArgumentName: name, ArgumentValue: value },
  });
}
