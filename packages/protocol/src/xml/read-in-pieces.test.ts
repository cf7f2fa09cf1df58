import { describe, expect, test } from 'vitest';
import { LIMITS } from '../limits.js';
import { parseLongCompleteMultipartUpload } from './documents/complete-multipart-upload.js';
import { parseDeleteObjectsRequest, parseLongDeleteObjectsRequest } from './documents/delete-objects.js';
import { parseLifecycleConfiguration, parseLongLifecycleConfiguration } from './documents/lifecycle-configuration.js';
import { readInPieces } from './read-in-pieces.js';

const shape = { rootName: 'List', childName: 'Item', childCount: 2, childCountMax: 6 };
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

async function piecesOf(text: string): Promise<readonly string[]> {
  return readInPieces(
    bytes(text),
    shape,
    (piece) => Buffer.from(piece).toString('utf8'),
    async () => {},
  );
}

describe('readInPieces', () => {
  test('gives every piece the root and what stands in front of it', async () => {
    expect(
      await piecesOf('<?xml version="1.0"?>\n<List xmlns="x"><Item>1</Item> <Item>2</Item><Item>3</Item></List>\n'),
    ).toEqual([
      '<?xml version="1.0"?>\n<List xmlns="x"><Item>1</Item> <Item>2</Item></List>',
      '<?xml version="1.0"?>\n<List xmlns="x"><Item>3</Item></List>',
    ]);
  });

  test('loses nothing that stands beside the children', async () => {
    const pieces = await piecesOf('<List><Item/><A/><Item></Item><Item></Item>text<Item></Item><B/></List>');
    expect(pieces.map((piece) => piece.slice('<List>'.length, -'</List>'.length)).join('')).toBe(
      '<Item/><A/><Item></Item><Item></Item>text<Item></Item><B/>',
    );
  });

  test.each([
    ['a comment', '<List><Item>1</Item><!-- </Item> --><Item>2</Item><Item>3</Item></List>'],
    ['a section', '<List><Item><![CDATA[</Item>]]></Item><Item>2</Item><Item>3</Item></List>'],
    ['an instruction', '<List><Item>1</Item><?x </Item>?><Item>2</Item><Item>3</Item></List>'],
    ['more than there may be', `<List>${'<Item></Item>'.repeat(7)}</List>`],
    ['another root', '<Other><Item>1</Item><Item>2</Item><Item>3</Item></Other>'],
    ['something behind the root', '<List><Item>1</Item><Item>2</Item><Item>3</Item></List><List/>'],
    ['no end', '<List><Item>1</Item><Item>2</Item><Item>3</Item>'],
  ])('does not cut where there is %s', async (_, text) => {
    expect(await piecesOf(text)).toEqual([text]);
  });
});

const rule = (index: number): string =>
  `<Rule><ID>r${index}</ID><Prefix>p${index}/</Prefix><Status>Enabled</Status><Expiration><Days>${index + 1}</Days></Expiration></Rule>`;
const rulesDocument = (count: number): string =>
  `<LifecycleConfiguration>${Array.from({ length: count }, (_, index) => rule(index)).join('')}</LifecycleConfiguration>`;

describe('long documents of requests', () => {
  test('a thousand lifecycle rules are read as they are at once, with pauses', async () => {
    let pauseCount = 0;
    const document = rulesDocument(1000);
    const inPieces = await parseLongLifecycleConfiguration(bytes(document), async () => {
      pauseCount += 1;
    });
    expect(pauseCount).toBeGreaterThanOrEqual(20);
    expect(inPieces).toEqual(parseLifecycleConfiguration(document));
  });

  test('a mistake in the last of many rules is found', async () => {
    const document = rulesDocument(1000).replace('<ID>r999</ID>', '<ID>r999</ID><Prefx>x</Prefx>');
    await expect(parseLongLifecycleConfiguration(bytes(document), async () => {})).rejects.toMatchObject({
      code: 'MalformedXML',
    });
  });

  test('10,000 parts are read, and one more is refused', async () => {
    const parts = (count: number): Uint8Array =>
      bytes(
        `<CompleteMultipartUpload>${Array.from({ length: count }, (_, index) => `<Part><PartNumber>${(index % LIMITS.partNumberMax) + 1}</PartNumber><ETag>"A"</ETag></Part>`).join('')}</CompleteMultipartUpload>`,
      );
    let pauseCount = 0;
    const read = (count: number) =>
      parseLongCompleteMultipartUpload(parts(count), async () => {
        pauseCount += 1;
      });
    expect(await read(LIMITS.partNumberMax)).toHaveLength(LIMITS.partNumberMax);
    expect(pauseCount).toBeGreaterThanOrEqual(40);
    await expect(read(LIMITS.partNumberMax + 1)).rejects.toMatchObject({ code: 'MalformedXML', ec: '0042-00000205' });
  });

  const deletion = (count: number, beside = ''): string =>
    `<Delete><Quiet>true</Quiet>${Array.from({ length: count }, (_, index) => `<Object><Key>k&amp;${index}</Key><VersionId>v${index}</VersionId></Object>`).join('')}${beside}</Delete>`;

  test('a thousand deletions are read as they are at once, with pauses', async () => {
    let pauseCount = 0;
    const inPieces = await parseLongDeleteObjectsRequest(bytes(deletion(1000)), async () => {
      pauseCount += 1;
    });
    expect(pauseCount).toBeGreaterThanOrEqual(4);
    expect(inPieces).toEqual(parseDeleteObjectsRequest(deletion(1000)));
    expect(inPieces.isQuiet).toBe(true);
    const atTheEnd = deletion(600)
      .replace('<Quiet>true</Quiet>', '')
      .replace('</Delete>', '<Quiet>true</Quiet></Delete>');
    expect(await parseLongDeleteObjectsRequest(bytes(atTheEnd), async () => {})).toEqual(
      parseDeleteObjectsRequest(atTheEnd),
    );
  });

  test.each([
    ['one object more', deletion(1001)],
    ['one object more, whose end is written otherwise', deletion(1000, '<Object><Key>k</Key></Object >')],
    ['a second Quiet at the end', deletion(1000, '<Quiet>true</Quiet>')],
    ['a second, empty Quiet at the end', deletion(500, '<Quiet></Quiet>')],
    ['an object without a key at the end', deletion(500, '<Object><VersionId>v</VersionId></Object>')],
    ['an element that is none at the end', deletion(500, '<Other>1</Other>')],
    ['text at the end', deletion(500, 'text')],
    ['no object', '<Delete><Quiet>true</Quiet></Delete>'],
  ])('a deletion with %s is refused in pieces as it is at once', async (_, document) => {
    const refused = { code: 'MalformedXML', ec: '0016-00000608' };
    await expect(parseLongDeleteObjectsRequest(bytes(document), async () => {})).rejects.toMatchObject(refused);
    expect(() => parseDeleteObjectsRequest(document)).toThrowError(expect.objectContaining(refused));
  });

  test('what cannot be read in pieces has a bound that keeps its reading short', () => {
    const many = `<Delete>${'<x/>'.repeat(LIMITS.requestMarkupCountMax)}</Delete>`;
    expect(() => parseDeleteObjectsRequest(many)).toThrowError(
      expect.objectContaining({
        code: 'MalformedXML',
        details: { ErrorDetail: `The document has more than ${LIMITS.requestMarkupCountMax} tags.` },
      }),
    );
  });
});
