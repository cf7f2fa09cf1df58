import { expect, test } from 'vitest';
import { EventText } from './event-text.js';

/** Adds the bytes in pieces that end at each of the cuts. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): { readonly text: string; readonly lengths: number[] } {
  const text = new EventText();
  const given = [0, ...cuts].map((start, index) => text.add(bytes.subarray(start, cuts[index] ?? bytes.length)));
  given.push(text.end());
  return {
    text: given.map((piece) => piece.text).join(''),
    lengths: given.map((piece) => piece.lengthBytes),
  };
}

const MIXED = Buffer.from('a\r\nb\rcé€😀\n\u{feff}end\r', 'utf8');

test('EventText gives the same text wherever the bytes are cut, and counts all of them', () => {
  for (let first = 0; first <= MIXED.length; first++) {
    for (let second = first; second <= MIXED.length; second++) {
      const { text, lengths } = pieces(MIXED, [first, second]);
      expect(text).toBe('a\nb\ncé€😀\n\u{feff}end\n');
      expect(lengths.reduce((sum, length) => sum + length)).toBe(MIXED.length);
    }
  }
});

test('EventText holds back what may become a character, and nothing else', () => {
  const text = new EventText();
  expect(text.add(Uint8Array.of(0x61, 0xe2, 0x82))).toEqual({ text: 'a', lengthBytes: 1 });
  expect(text.add(Uint8Array.of(0xac))).toEqual({ text: '€', lengthBytes: 3 });
  // None of these can begin a character, or go on with one.
  for (const bytes of [[0x80], [0xc0], [0xff], [0xe0, 0x80], [0xed, 0xa0], [0xf0, 0x80], [0xf4, 0x90], [0xf5]]) {
    expect(new EventText().add(Uint8Array.from(bytes)).lengthBytes).toBe(bytes.length);
  }
});

test('EventText shows bytes that are no UTF-8 as U+FFFD', () => {
  expect(pieces(Uint8Array.of(0x61, 0xff, 0x62, 0xe2, 0x82), [])).toEqual({
    text: 'a\ufffdb\ufffd',
    lengths: [3, 2],
  });
});
