/** What is wrong with documents that make a bucket a website. */
import { type DocumentKind, isInvalid, malformed } from './document-kind.js';

const routing = (content: string) => `<RoutingRules>${content}</RoutingRules>`;
const route = (redirect: string, number = '1', condition = '') =>
  `<RoutingRule><RuleNumber>${number}</RuleNumber>${condition}<Redirect><RedirectType>External</RedirectType>${redirect}</Redirect></RoutingRule>`;
const index = (content: string) => `<IndexDocument>${content}</IndexDocument>`;

export const WEBSITE_DOCUMENT: DocumentKind = {
  root: 'WebsiteConfiguration',
  query: { website: '' },
  absent: /NoSuchWebsiteConfiguration/,
  rows: [
    ['nothing', '', malformed],
    ['an index without name', index(''), malformed],
    ['an index in a folder', index('<Suffix>a/b</Suffix>'), isInvalid('Suffix', 'a/b')],
    ['an unknown way to look', index('<Suffix>a</Suffix><Type>3</Type>'), isInvalid('Type', '3')],
    ['an error page without name', '<ErrorDocument/>', malformed],
    [
      'an error page with a status of its own',
      '<ErrorDocument><Key>e</Key><HttpStatus>418</HttpStatus></ErrorDocument>',
      isInvalid('HttpStatus', '418'),
    ],
    ['21 routes', routing(Array.from({ length: 21 }, (_, at) => route('', String(at + 1))).join('')), malformed],
    ['a number twice', routing(route('').repeat(2)), malformed],
    ['the number 0', routing(route('', '0')), malformed],
    ['no redirect', routing('<RoutingRule><RuleNumber>1</RuleNumber></RoutingRule>'), malformed],
    [
      'an unknown kind',
      routing(
        '<RoutingRule><RuleNumber>1</RuleNumber><Redirect><RedirectType>Far</RedirectType></Redirect></RoutingRule>',
      ),
      isInvalid('RedirectType', 'Far'),
    ],
    ['an unknown protocol', routing(route('<Protocol>ftp</Protocol>')), isInvalid('Protocol', 'ftp')],
    [
      'an unknown code',
      routing(route('<HttpRedirectCode>200</HttpRedirectCode>')),
      isInvalid('HttpRedirectCode', '200'),
    ],
    ['a host that is none', routing(route('<HostName>a b</HostName>')), isInvalid('HostName', 'a b')],
    [
      'both replacements',
      routing(route('<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>')),
      malformed,
    ],
    [
      'a condition on a header without name',
      routing(route('', '1', '<Condition><IncludeHeader><Equals>a</Equals></IncludeHeader></Condition>')),
      malformed,
    ],
    [
      'a condition on another error',
      routing(route('', '1', '<Condition><HttpErrorCodeReturnedEquals>500</HttpErrorCodeReturnedEquals></Condition>')),
      isInvalid('HttpErrorCodeReturnedEquals', '500'),
    ],
  ],
};
