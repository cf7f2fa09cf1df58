/**
 * Bounds of a document that must hold before the library sees it: the library keeps some thirty bytes for every
 * character of a text or a tag and some two hundred for every element, so a megabyte made to be dear would cost fifty,
 * and a second. Leaves out whether the document is well-formed (`parse-xml.ts`).
 */
import { LIMITS } from '../limits.js';
import { malformed, notWellFormed } from './malformed.js';

const COMMENT = '<!--';
const CDATA = '<![CDATA[';

/**
 * Refuses a document with more or longer pieces than any honest one has. One pass, in time proportional to the text,
 * keeping nothing.
 * @param text The document, its line ends already line feeds.
 * @param depthMax Nesting of elements, the root being 1.
 * @param markupCountMax Tags, comments and sections together, and lines.
 * @throws {OssError} `MalformedXML`; also for markup that does not end, and for declarations such as document types.
 */
export function refuseOutOfBounds(text: string, depthMax: number, markupCountMax: number): void {
  refuseManyLines(text, markupCountMax);
  let depth = 0;
  let markupCount = 0;
  let textLength = 0;
  let position = 0;
  for (let start = text.indexOf('<'); start >= 0; start = text.indexOf('<', position)) {
    textLength += start - position;
    refuseLength(textLength, 'text');
    markupCount += 1;
    if (markupCount > markupCountMax) throw malformed(`The document has more than ${markupCountMax} tags.`);
    position = endOfMarkup(text, start);
    refuseLength(position - start, 'tag, comment or section');
    // The library joins the texts on both sides of a comment.
    if (!text.startsWith(COMMENT, start)) textLength = 0;
    const kind = kindOf(text, start, position);
    if (kind === 'closing') depth -= 1;
    else if (kind !== 'other' && depth >= depthMax) throw malformed(`Elements are nested deeper than ${depthMax}.`);
    else if (kind === 'opening') depth += 1;
  }
  refuseLength(textLength + text.length - position, 'text');
}

function refuseManyLines(text: string, lineCountMax: number): void {
  let count = 0;
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) {
    count += 1;
    // The library splits the text into lines to say where it is wrong.
    if (count > lineCountMax) throw malformed(`The document has more than ${lineCountMax} lines.`);
  }
}

function refuseLength(length: number, what: string): void {
  if (length > LIMITS.xmlPieceLengthMax) {
    throw malformed(`A ${what} has more than ${LIMITS.xmlPieceLengthMax} characters.`);
  }
}

/** Gives the index behind the markup that begins at `start`. */
function endOfMarkup(text: string, start: number): number {
  if (text[start + 1] === '?') return endOfInstruction(text, start);
  if (text[start + 1] !== '!') return endOfTag(text, start + 1, '>');
  if (text.startsWith(COMMENT, start)) return endOf(text, '-->', start + COMMENT.length);
  if (text.startsWith(CDATA, start)) return endOf(text, ']]>', start + CDATA.length);
  throw notWellFormed('A markup declaration is not allowed.');
}

function endOfInstruction(text: string, start: number): number {
  const end = endOf(text, '?>', start + 2);
  // One half of the library heeds quotes here and the other does not; where they would differ, reading stops.
  if (endOfTag(text, start + 2, '?>') !== end) throw notWellFormed('A processing instruction has an open quote.');
  return end;
}

/** Looks for the end of a tag as the library does: not inside quotes. */
function endOfTag(text: string, start: number, closing: '>' | '?>'): number {
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"' || character === "'") index = endOf(text, character, index + 1) - 1;
    else if (character === closing[0] && text.startsWith(closing, index)) return index + closing.length;
  }
  throw notWellFormed('A tag does not end.');
}

function endOf(text: string, closing: string, from: number): number {
  const index = text.indexOf(closing, from);
  if (index < 0) throw notWellFormed('A tag, comment, section or quote does not end.');
  return index + closing.length;
}

function kindOf(text: string, start: number, end: number): 'opening' | 'closing' | 'empty' | 'other' {
  const first = text[start + 1];
  if (first === '!' || first === '?') return 'other';
  if (first === '/') return 'closing';
  return text[end - 2] === '/' ? 'empty' : 'opening';
}
