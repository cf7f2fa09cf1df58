/**
 * Documents as long as any may be and made to be dear: whatever they consist of, the heap that reading needs at once
 * stays bounded. Small ones by the hundred thousand are in `documents/hostile-requests.test.ts`.
 */
import { expect, it } from 'vitest';
import { measureLiveBytesMax } from '../../../../test/harness/hostile-inputs.js';
import { OssError } from '../error/oss-error.js';
import { LIMITS } from '../limits.js';
import { parseXml } from './parse-xml.js';

/** The longest body that is read as a document. */
const LENGTH_BYTES_MAX = LIMITS.completeBodyLengthBytesMax;
/**
 * Sixteen times the document. The dearest that is read needs half of it; without bounds on its pieces, several times as
 * much.
 */
const LIVE_BYTES_MAX = 64 * 1024 * 1024;

const numbered = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join('');
const whole = (piece: string) => piece.repeat(Math.floor((LENGTH_BYTES_MAX - 7) / piece.length));

/** What stands inside the root, and whether it may. */
const CONTENTS: readonly (readonly [string, 'read' | 'MalformedXML', string])[] = [
  ['as many elements as may be', 'read', '<a/>'.repeat(LIMITS.xmlMarkupCountMax - 2)],
  ['as many names', 'read', numbered(LIMITS.xmlMarkupCountMax / 2 - 1, (index) => `<a${index}></a${index}>`)],
  ['as many sections', 'read', '<![CDATA[x]]>'.repeat(LIMITS.xmlMarkupCountMax - 2)],
  ['as many instructions', 'read', '<?p a="1"?>'.repeat(LIMITS.xmlMarkupCountMax - 2)],
  ['long texts', 'read', whole(`<a>${'x'.repeat(65_000)}</a>`)],
  ['references', 'read', whole(`<a>${'&#65;'.repeat(13_000)}</a>`)],
  ['attributes', 'read', whole(`<a${numbered(6000, (index) => ` a${index}=""`)}/>`)],
  ['long names', 'read', whole(`<${'a:'.repeat(32_000)}/>`)],
  ['more elements', 'MalformedXML', whole('<a/>')],
  ['more elements with text', 'MalformedXML', whole('<a>1</a>')],
  ['more sections', 'MalformedXML', whole('<![CDATA[]]>')],
  ['one text', 'MalformedXML', whole('x')],
  ['one text in comments', 'MalformedXML', whole('x<!---->')],
  ['one reference after the other', 'MalformedXML', whole('&amp;')],
  ['one name', 'MalformedXML', `<${whole('a').slice(3)}/>`],
  ['one attribute', 'MalformedXML', `<a b="${whole('c').slice(9)}"/>`],
  ['one tag of attributes', 'MalformedXML', `<a${numbered(300_000, (index) => ` a${index}=""`)}/>`],
  ['one instruction', 'MalformedXML', `<?p ${whole('a="" ').slice(9)}?>`],
  ['one instruction with another in quotes', 'MalformedXML', whole('<?p "?>')],
  ['lines', 'MalformedXML', `${whole('\n').slice(4)}</a>`],
  ['lines of markup', 'MalformedXML', `${'<a/>\n'.repeat(130_000)}</b>`],
  ['opening tags', 'MalformedXML', whole('<a>')],
  ['closing tags', 'MalformedXML', whole('</a>')],
  ['openings of comments', 'MalformedXML', whole('<!--')],
  ['openings of sections', 'MalformedXML', whole('<![CDATA[')],
  ['openings of instructions', 'MalformedXML', whole('<?')],
  ['openings of tags', 'MalformedXML', whole('<a ')],
  ['open quotes', 'MalformedXML', whole('<a b="\'>')],
  ['document types', 'MalformedXML', whole('<!DOCTYPE a>')],
];

it.each(CONTENTS)('%s: %s', async (_, expected, content) => {
  const document = new TextEncoder().encode(`<R>${content}</R>`);
  expect(document.length).toBeLessThanOrEqual(LENGTH_BYTES_MAX);
  let outcome = 'read';
  const liveBytesMax = await measureLiveBytesMax(() => {
    try {
      parseXml(document, { lengthBytesMax: LENGTH_BYTES_MAX });
    } catch (error) {
      if (!(error instanceof OssError)) throw error;
      outcome = error.code;
    }
  });
  expect(outcome).toBe(expected);
  expect(liveBytesMax).toBeLessThan(LIVE_BYTES_MAX);
});
