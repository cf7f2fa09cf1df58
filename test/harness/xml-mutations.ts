/**
 * Ways to spoil an XML document, by its bytes and by its structure: what stays well-formed reaches the reader behind
 * the parser.
 */
import { BYTE_MUTATIONS, bytesOfText, inserting, type Mutation } from './mutations.js';

/** Values that a document might hold where another was meant; already escaped, or wrongly. */
const VALUES: readonly string[] = [
  ...[
    '',
    ' ',
    '\n\t',
    '0',
    '-0',
    '-1',
    '1',
    '007',
    '+1',
    '1.5',
    '1e309',
    '0x10',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e-7',
  ],
  ...['9007199254740992', '99999999999999999999', '9'.repeat(100), '18446744073709551616', '36501', '10001', '25551'],
  ...['true', 'TRUE', 'false', 'yes', 'null', 'undefined', '__proto__', 'constructor', 'toString', '[object Object]'],
  ...[
    'Enabled',
    'Disabled',
    'IA',
    'Standard',
    'KMS',
    'SM4',
    'AES256',
    'GET',
    'url',
    '*',
    '**',
    '?',
    '../..',
    '/',
    '\\',
  ],
  ...['2020-01-01T00:00:00.000Z', '2020-02-31T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '9999-12-31T23:59:60Z'],
  ...['%', '%zz', '%ff', '%00', '%ED%A0%80', '"', "'", '""', '"a', '&lt;&gt;&amp;', '&#0;', '&#x10FFFF;', '&#13;&#10;'],
  ...['&#xD800;', '&#x110000;', '&nope;', '&', '&#;', '&#x;', '&#99999999999;', ']]>', 'a'.repeat(260), '.'.repeat(60)],
  ...[
    bytesOfText('日本'),
    bytesOfText('😀'),
    bytesOfText('\u202e'),
    '\xff',
    '\xc0\x80',
    '\xed\xa0\x80',
    '\0',
    '\x1b[0m',
  ],
];

const NAMES: readonly string[] = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'then',
    'length',
    '0',
    'xml',
    'xmlns',
    'a:b',
  ],
  ...[
    'Rule',
    'ID',
    'Key',
    'Value',
    'Tag',
    'Filter',
    'Not',
    'Days',
    'Prefix',
    'Status',
    'Transition',
    'Expiration',
    'Redirect',
  ],
  ...[
    'Condition',
    'Suffix',
    'Part',
    'ETag',
    'Object',
    'Owner',
    'Contents',
    'Code',
    'AllowedOrigin',
    'Referer',
    'Quiet',
  ],
  ...[':a', 'a:b:c', 'a.b-c', '-a', '#text', '#cdata', ':@', 'A'.repeat(60), bytesOfText('é'), ''],
];

const ATTRIBUTES: readonly string[] = [
  ...[
    ' a="1"',
    ' a="1" a="2"',
    " a='<'",
    ' a=">"',
    ' a',
    ' a=',
    ' a=1',
    ' "',
    " '",
    ' =',
    ' xmlns="u"',
    ' xmlns:n="u"',
  ],
  ...[' __proto__="1"', ' constructor="1"', '\t\r\n', '/', ' /', ' a="&nope;"', ' a="&#0;"', ` a="${'b'.repeat(60)}"`],
  Array.from({ length: 24 }, (_, index) => ` a${index}="${index}"`).join(''),
];

const PIECES: readonly string[] = [
  ...[
    '<',
    '>',
    '/',
    '/>',
    '</',
    '<a>',
    '</a>',
    '<a/>',
    '<a b="c">',
    '< a>',
    '<a >',
    '</ a>',
    '</a >',
    '<1/>',
    '<>',
    '</>',
  ],
  ...[
    '<!DOCTYPE R>',
    '<!DOCTYPE R [<!ENTITY a "b">]>',
    '<!DOCTYPE R SYSTEM "file:///etc/passwd">',
    '<!doctype',
    '<!ENTITY',
  ],
  ...[
    '<!ELEMENT a ANY>',
    '<!x>',
    '<!>',
    '<!',
    '<!-',
    '<!--',
    '-->',
    '<!-- -->',
    '<!---->',
    '<!-->',
    '<!--->',
    '<!-- -- -->',
  ],
  ...[
    '<![CDATA[',
    ']]>',
    '<![CDATA[]]>',
    '<![CDATA[<a>]]>',
    '<![CDATA[]]]]><![CDATA[>]]>',
    '<![cdata[x]]>',
    '<![',
    '<![IGNORE[',
  ],
  ...[
    '<?',
    '?>',
    '<?p?>',
    '<?p x?>',
    '<?p "?>',
    "<?p '?'?>",
    '<??>',
    '<?xml?>',
    '<?xml version="1.0"?>',
    '<?xml version="1.1"?>',
  ],
  ...['<?xml version="1.0" encoding="UTF-16"?>', '<?xml version="1.0" encoding="utf-8"?>', '<?__proto__ a="1"?>'],
  ...[
    '&',
    '&amp',
    '&amp;',
    '&lt;',
    '&a;',
    '&#65;',
    '&#x41;',
    '&#xD800;',
    '&#0;',
    ';',
    '"',
    "'",
    '=',
    ' ',
    '\t',
    '\r\n',
    '\r',
  ],
  ...[
    '\xef\xbb\xbf',
    '\xff\xfe',
    '\xfe\xff',
    '\xff',
    '\xc0\x80',
    '\xed\xa0\x80',
    '\xf4\x90\x80\x80',
    '\x80',
    '\0',
    '\x1b',
    '\x7f',
  ],
  ...['<a>'.repeat(15), '<a>'.repeat(15) + '</a>'.repeat(15), '<a>'.repeat(40), '</a>'.repeat(16), '<a/>'.repeat(24)],
  ...[' '.repeat(80), '\n'.repeat(80), 'x'.repeat(80), '9'.repeat(80), '<!---->'.repeat(12), '&amp;'.repeat(20)],
  ...[
    '<__proto__>1</__proto__>',
    '<constructor>1</constructor>',
    '<toString>1</toString>',
    '<n:a>1</n:a>',
    '<a:/>',
    '<:a/>',
  ],
];

interface Place {
  /** Index of `<`. */
  readonly start: number;
  /** Index behind the end tag. */
  readonly end: number;
  readonly name: string;
}

/** Finds an element that has an end tag; nested ones of one name are mistaken on purpose: that makes them overlap. */
function elementAt(text: string, where: number): Place | undefined {
  const found = text.slice(Math.floor(where * text.length)).search(/<[A-Za-z]/);
  const start = found < 0 ? text.search(/<[A-Za-z]/) : found + Math.floor(where * text.length);
  if (start < 0) return undefined;
  const name = /^[\w.:-]+/.exec(text.slice(start + 1, start + 64))?.[0] ?? '';
  const closing = `</${name}>`;
  const close = text.indexOf(closing, start);
  return close < 0 ? undefined : { start, end: close + closing.length, name };
}

function atElement(change: (element: string, name: string, choice: number) => string): Mutation {
  return (text, where, choice) => {
    const place = elementAt(text, where);
    if (place === undefined) return text;
    const { start, end, name } = place;
    return text.slice(0, start) + change(text.slice(start, end), name, choice) + text.slice(end);
  };
}

/** Changes the text in front of an end tag. */
function atText(change: (text: string, choice: number) => string): Mutation {
  return (text, where, choice) => {
    const found = text.indexOf('</', Math.floor(where * text.length));
    const end = found < 0 ? text.indexOf('</') : found;
    if (end < 0) return text;
    const start = text.lastIndexOf('>', end) + 1;
    return text.slice(0, start) + change(text.slice(start, end), choice) + text.slice(end);
  };
}

const replaceText = atText((_, choice) => VALUES[choice % VALUES.length] as string);

const disguiseText = atText((text, choice) => {
  if (choice % 4 === 0) return `<![CDATA[${text}]]>`;
  if (choice % 4 === 1) return `${text.slice(0, 1)}<!-- -->${text.slice(1)}`;
  if (choice % 4 === 2) return [...text.slice(0, 20)].map((character) => `&#${character.charCodeAt(0)};`).join('');
  return ` \n${text}\r\n `;
});

const doubleElement = atElement((element, _, choice) => element.repeat(2 + (choice % (element.length < 40 ? 16 : 3))));

const dropElement = atElement(() => '');

const nestElement = atElement((element, name, choice) => {
  const depth = 1 + (choice % 18);
  return `<${name}>`.repeat(depth) + element + `</${name}>`.repeat(depth);
});

const renameElement = atElement((element, name, choice) => {
  const other = NAMES[choice % NAMES.length] as string;
  return `<${other}${element.slice(1 + name.length, -(name.length + 1))}${other}>`;
});

const addAttributes = atElement((element, name, choice) => {
  const attributes = ATTRIBUTES[choice % ATTRIBUTES.length] as string;
  return `<${name}${attributes}${element.slice(1 + name.length)}`;
});

/** Moves an element behind the end of the document or in front of everything. */
const moveElement: Mutation = (text, where, choice) => {
  const place = elementAt(text, where);
  if (place === undefined) return text;
  const element = text.slice(place.start, place.end);
  const rest = text.slice(0, place.start) + text.slice(place.end);
  const at = choice % (rest.length + 1);
  return rest.slice(0, at) + element + rest.slice(at);
};

/** Mutations of documents; those that keep them well-formed are as many as those that do not. */
export const XML_MUTATIONS: readonly Mutation[] = [
  ...BYTE_MUTATIONS,
  ...[inserting(PIECES), inserting(PIECES), moveElement],
  ...[replaceText, replaceText, replaceText, disguiseText, doubleElement, dropElement, nestElement, renameElement],
  addAttributes,
];
