/** Keys that name a moment and a number: `logs/app-{yyyy}{MM}{dd}-{seq}.log`. Times are UTC. */
import { AnnalsError } from '../error.js';

const FIELDS = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'seq'];

/** Digits of `{seq}` at least, so that keys stand in the order of their numbers in listings. */
const SEQUENCE_DIGITS_MIN = 4;

/** A checked pattern. */
export class KeyPattern {
  readonly text: string;
  /** Whether keys are numbered. */
  readonly hasSequence: boolean;
  /** Whether the pattern has any field; without one it is a key. */
  readonly hasFields: boolean;

  /** @throws {AnnalsError} `InvalidInput` for an unknown field or a brace of its own. */
  constructor(text: string) {
    const unknown = [...text.matchAll(/\{([^{}]*)\}/g)].find(([, name = '']) => !FIELDS.includes(name));
    if (unknown !== undefined) {
      const wanted = FIELDS.map((name) => `{${name}}`).join(', ');
      throw new AnnalsError('InvalidInput', `Cannot use the field "${unknown[0]}" in a key: expected ${wanted}`, {
        outcome: 'not-applied',
      });
    }
    this.text = text;
    this.hasSequence = text.includes('{seq}');
    this.hasFields = FIELDS.some((name) => text.includes(`{${name}}`));
  }

  /** The key of a moment. @param atMs Milliseconds since 1970. @param sequence 0 or more. */
  keyAt(atMs: number, sequence: number): string {
    return this.periodAt(atMs).replaceAll('{seq}', String(sequence).padStart(SEQUENCE_DIGITS_MIN, '0'));
  }

  /** What all keys of a period have in common: the pattern with its times filled in. */
  periodAt(atMs: number): string {
    const time = new Date(atMs).toISOString();
    return this.text
      .replaceAll('{yyyy}', time.slice(0, 4))
      .replaceAll('{MM}', time.slice(5, 7))
      .replaceAll('{dd}', time.slice(8, 10))
      .replaceAll('{HH}', time.slice(11, 13))
      .replaceAll('{mm}', time.slice(14, 16));
  }
}
