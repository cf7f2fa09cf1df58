/** That a long list of parts is read in pieces, and as it would be read at once. */
import { expect, test } from 'vitest';
import { OssError } from '../../error/oss-error.js';
import {
  type PartToComplete,
  parseCompleteMultipartUpload,
  parseLongCompleteMultipartUpload,
  renderCompleteMultipartUpload,
} from './complete-multipart-upload.js';

const partsOf = (count: number): readonly PartToComplete[] =>
  Array.from({ length: count }, (_, index) => ({ partNumber: index + 1, etag: `E${index}` }));

async function read(text: string): Promise<{ readonly outcome: unknown; readonly pauseCount: number }> {
  let pauseCount = 0;
  const pause = async (): Promise<void> => {
    pauseCount += 1;
  };
  try {
    return { outcome: await parseLongCompleteMultipartUpload(Buffer.from(text), pause), pauseCount };
  } catch (error) {
    if (!(error instanceof OssError)) throw error;
    return { outcome: error.code, pauseCount };
  }
}

function readAtOnce(text: string): unknown {
  try {
    return parseCompleteMultipartUpload(text);
  } catch (error) {
    if (!(error instanceof OssError)) throw error;
    return error.code;
  }
}

test.each([
  [1, 0],
  [249, 0],
  [250, 0],
  [251, 2],
  [10_000, 40],
])('%i parts are read with %i pauses', async (count, pauseCount) => {
  const parts = partsOf(count);
  expect(await read(renderCompleteMultipartUpload(parts))).toEqual({ outcome: parts, pauseCount });
});

const many = renderCompleteMultipartUpload(partsOf(1200));
const ROOT = 'CompleteMultipartUpload';

test.each([
  ['too many', renderCompleteMultipartUpload(partsOf(10_001))],
  ['indented', many.replaceAll('<Part>', '\n  <Part>')],
  ['with a name space', many.replace(`<${ROOT}>`, `<${ROOT} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)],
  ['with a comment that ends a part', many.replace('<Part>', '<!-- </Part> --><Part>')],
  ['with a section', many.replace('"E7"', '<![CDATA["E7"]]>')],
  ['with an instruction', many.replace('<Part>', '<?p </Part> ?><Part>')],
  ['with an unknown element at the end', many.replace(`</${ROOT}>`, `<Other/></${ROOT}>`)],
  ['with an unknown element in the middle', many.replace('</Part><Part>', '</Part><Other/><Part>')],
  ['with text between parts', many.replaceAll('</Part><Part>', '</Part>text<Part>')],
  ['with a part inside a part', many.replace('<Part>', '<Part><Part></Part>')],
  ['with two roots', many.replaceAll('</Part><Part>', `</Part></${ROOT}><${ROOT}><Part>`)],
  ['cut off', many.slice(0, -100)],
  ['with text behind', `${many}x`],
  ['with another root', many.replaceAll(ROOT, 'Other')],
  ['with a part left open', many.replace('</Part>', '')],
  ['with another encoding', many.replace(/^<\?xml[^>]*>/, '<?xml version="1.0" encoding="latin1"?>')],
  ['with a document type', many.replace(`<${ROOT}>`, `<!DOCTYPE x><${ROOT}>`)],
])('a list %s is read as it would be at once', async (_, text) => {
  expect((await read(text)).outcome).toEqual(readAtOnce(text));
});
