/** Checks a website as it is stored. Leaves out serving by it (`../website`). */
import type {
  KeptRedirect,
  WebsiteCondition,
  WebsiteConfiguration,
  WebsiteError,
  WebsiteHeader,
  WebsiteIndex,
  WebsiteRedirect,
  WebsiteRoutingRule,
} from '@annals/protocol';
import { type Check, checks } from '@annals/store';
import { contentCheck } from './content-check.js';

const { count, fields, flag, listOf, oneOf, optional, text } = checks;

const INDEX_TYPES: ReadonlySet<unknown> = new Set([0, 1, 2]);
const indexTypeCheck: Check<NonNullable<WebsiteIndex['type']>> = (value) =>
  INDEX_TYPES.has(value) ? undefined : ' has an unknown value';

const keptRedirectCheck = fields<KeptRedirect>({
  type: oneOf<KeptRedirect['type']>({ Mirror: true, Internal: true }),
  content: contentCheck,
});
const ownRedirectCheck = fields<WebsiteRedirect>({
  type: oneOf<WebsiteRedirect['type']>({ External: true, AliCDN: true }),
  protocol: optional(oneOf<NonNullable<WebsiteRedirect['protocol']>>({ http: true, https: true })),
  hostName: optional(text),
  replaceKeyPrefixWith: optional(text),
  enableReplacePrefix: optional(flag),
  replaceKeyWith: optional(text),
  httpRedirectCode: optional(count),
  passQueryString: optional(flag),
  mirror: optional(contentCheck),
});
/** A redirect that is kept whole has a `content`, and no other has. */
const redirectCheck: Check<WebsiteRedirect | KeptRedirect> = (value) =>
  typeof value === 'object' && value !== null && 'content' in value
    ? keptRedirectCheck(value)
    : ownRedirectCheck(value);

const ruleCheck = fields<WebsiteRoutingRule>({
  ruleNumber: count,
  condition: fields<WebsiteCondition>({
    keyPrefixEquals: optional(text),
    keySuffixEquals: optional(text),
    httpErrorCodeReturnedEquals: optional(count),
    includeHeaders: listOf(
      fields<WebsiteHeader>({
        key: text,
        equals: optional(text),
        startsWith: optional(text),
        endsWith: optional(text),
      }),
    ),
  }),
  redirect: redirectCheck,
  luaConfig: optional(contentCheck),
});

/** How a bucket is shown as a website. */
export const websiteCheck: Check<WebsiteConfiguration> = fields<WebsiteConfiguration>({
  index: optional(
    fields<WebsiteIndex>({ suffix: text, supportSubDir: optional(flag), type: optional(indexTypeCheck) }),
  ),
  error: optional(fields<WebsiteError>({ key: text, httpStatus: optional(count) })),
  routingRules: listOf(ruleCheck),
});
