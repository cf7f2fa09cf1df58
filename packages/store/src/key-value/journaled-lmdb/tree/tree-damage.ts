/** What is said of a part of the tree that cannot be proven: which keys are hit, in a form fit for a log. */
import { KEY_LENGTH_BYTES_MAX } from '../../commit-rules.js';
import type { PageReference } from './tree-format.js';

/** Keys `start <= key < end`. */
export interface KeyRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** Above every key. */
export const KEY_RANGE_END: Uint8Array = Buffer.alloc(KEY_LENGTH_BYTES_MAX + 2, 0xff);

/** Bytes of a key that a message shows. */
const SHOWN_LENGTH_BYTES_MAX = 120;

/** A page or a row is not what was written. The keys of `range` are hit, and no others. */
export class TreeDamage extends Error {
  readonly range: KeyRange;
  /** The leaf that is damaged, if it is one: some of its rows may be proven all the same. */
  leaf: PageReference | undefined;

  constructor(what: string, range: KeyRange, cause?: unknown) {
    super(
      `The database is damaged: ${what}; keys from ${printableKey(range.start)} up to ${printableKey(range.end)} are hit`,
      cause === undefined ? undefined : { cause },
    );
    this.name = 'TreeDamage';
    this.range = range;
  }
}

/** @returns The range of one key. */
export function rangeOfKey(key: Uint8Array): KeyRange {
  const end = new Uint8Array(key.length + 1);
  end.set(key);
  return { start: key, end };
}

/** @returns The key between quotes, with what is not printable ASCII escaped, and cut when it is long. */
export function printableKey(key: Uint8Array): string {
  if (key.length > KEY_LENGTH_BYTES_MAX) return 'the end';
  let text = '';
  for (const byte of key.subarray(0, SHOWN_LENGTH_BYTES_MAX)) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return key.length > SHOWN_LENGTH_BYTES_MAX ? `"${text}"…` : `"${text}"`;
}
