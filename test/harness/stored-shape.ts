/**
 * Proves a decoder of something stored as JSON: it reads what was written, and refuses each single change to it with an
 * error that names the row or file. The proof learns from many sound values what a change must be refused for: a field
 * that none of them lacks is required, and a text that has few values in all of them is one of a list.
 */
import fc from 'fast-check';
import { expect } from 'vitest';

/** A decoder, and what it is for. */
export interface StoredShape<Value> {
  /** Sound values; as many kinds as there are, and each optional field there and absent. */
  readonly values: fc.Arbitrary<Value>;
  readonly encode: (value: Value) => Uint8Array | string;
  /** What the bytes say, as it was given to `encode`. */
  readonly decode: (bytes: Uint8Array) => unknown;
  /** What stands in every error: the key of the row or the name of the file. */
  readonly name: string;
  /** Never in an error, such as a secret. */
  readonly secret?: string;
  /** Says whether a value that was put in the place of another is as good: a time that is negative, say. */
  readonly isAllowed?: (path: string, replacement: unknown) => boolean;
}

type Json = unknown;
type Path = readonly (string | number)[];

const SAMPLE_COUNT = 200;
/** A text that is met so often, with so few values, is one of a list. */
const LISTED_COUNT_MAX = 6;
const LISTED_OCCURRENCE_COUNT_MIN = 30;

/** Fails unless every sound value is read as it was written, and every broken one refused by name. */
export function expectSoundDecoder<Value>(shape: StoredShape<Value>): void {
  fc.assert(
    fc.property(shape.values, (value) => {
      expect(shape.decode(Buffer.from(shape.encode(value)))).toEqual(value);
    }),
    { numRuns: SAMPLE_COUNT, seed: 7 },
  );
  const documents = fc
    .sample(shape.values, { numRuns: SAMPLE_COUNT, seed: 7 })
    .map((value): Json => JSON.parse(Buffer.from(shape.encode(value)).toString('utf8')));
  const known = new Known(documents);
  let refusedCount = 0;
  for (const document of documents.slice(0, SAMPLE_COUNT / 4)) {
    for (const { path, text } of brokenForms(document, known)) {
      if (shape.isAllowed?.(path, valueAt(JSON.parse(text), path)) === true) continue;
      expectRefused(shape, Buffer.from(text), `${path}: ${text}`);
      refusedCount += 1;
    }
  }
  expect(refusedCount, 'changes that were refused').toBeGreaterThan(0);
  const [text = ''] = documents.map((document) => JSON.stringify(document));
  for (const cut of ['', '{', text.slice(0, -1), `${text},`]) expectRefused(shape, Buffer.from(cut), `cut: ${cut}`);
}

/**
 * Fails unless a decoder is total: of any JSON at all it gives a value or the error it documents, and nothing else.
 * @param isDocumented Tells the error of the row or file.
 */
export function expectTotalDecoder(
  decode: (bytes: Buffer) => unknown,
  isDocumented: (error: unknown) => boolean,
): void {
  const anyJson = fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(JSON.stringify(value)));
  fc.assert(
    fc.property(
      fc.oneof(
        anyJson,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        try {
          decode(bytes);
        } catch (error) {
          expect(isDocumented(error), `${bytes.toString('utf8')}: ${wordsOf(error)}`).toBe(true);
        }
      },
    ),
    { numRuns: 500, seed: 11 },
  );
}

function expectRefused<Value>({ decode, name, secret }: StoredShape<Value>, bytes: Uint8Array, what: string): void {
  let said = '';
  try {
    decode(bytes);
  } catch (error) {
    said = wordsOf(error);
  }
  expect(said, what).toContain(name);
  if (secret !== undefined) expect(said, what).not.toContain(secret);
}

/** All that a log would show of an error. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason: unknown = 'reason' in error ? error.reason : undefined;
  const detail = typeof reason === 'object' && reason !== null && 'detail' in reason ? String(reason.detail) : '';
  return [error.message, detail, error.cause === undefined ? '' : wordsOf(error.cause)].join('\n');
}

interface BrokenForm {
  readonly path: string;
  readonly text: string;
}

/** Every document with one thing about it that no sound one has. */
function* brokenForms(document: Json, known: Known): Generator<BrokenForm> {
  for (const [path, value] of placesIn(document)) {
    const name = path.join('.');
    if (known.isRequired(path)) yield { path: name, text: JSON.stringify(changed(document, path, undefined)) };
    for (const other of [null, [[]], -1, 0.5, 'no such value', true, {}]) {
      const isOfItsType = typeOf(other) === typeOf(value);
      // Of numbers those that are no count, of texts those of lists, and lists of lists are none.
      if (isOfItsType && !(known.isListed(path) || typeof other === 'number' || Array.isArray(other))) continue;
      yield { path: name, text: JSON.stringify(changed(document, path, other)) };
    }
  }
}

/** What many sound documents have in common. */
class Known {
  /** Fields of an object by its place, of all documents that have it. */
  readonly #always = new Map<string, Set<string>>();
  readonly #values = new Map<string, unknown[]>();

  constructor(documents: readonly Json[]) {
    for (const document of documents) {
      for (const [path, value] of placesIn(document)) {
        const place = placeOf(path);
        const values = this.#values.get(place);
        if (values === undefined) this.#values.set(place, [value]);
        else values.push(value);
        if (typeOf(value) !== 'object') continue;
        const names = Object.keys(value as object);
        const before = this.#always.get(place);
        this.#always.set(place, new Set(before === undefined ? names : names.filter((name) => before.has(name))));
      }
    }
  }

  isRequired(path: Path): boolean {
    const name = path.at(-1);
    return typeof name === 'string' && this.#always.get(placeOf(path.slice(0, -1)))?.has(name) === true;
  }

  isListed(path: Path): boolean {
    const values = this.#values.get(placeOf(path)) ?? [];
    const distinct = new Set(values);
    return (
      values.length >= LISTED_OCCURRENCE_COUNT_MIN &&
      distinct.size <= LISTED_COUNT_MAX &&
      values.every((value) => typeof value === 'string')
    );
  }
}

/** Items of a list stand in one place. */
function placeOf(path: Path): string {
  return path.map((step) => (typeof step === 'number' ? '*' : step)).join('.');
}

/** Every place in a document, outermost first. */
function* placesIn(value: Json, path: Path = []): Generator<readonly [Path, Json]> {
  yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  const steps = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
  for (const [step, inner] of steps) yield* placesIn(inner, [...path, step]);
}

function valueAt(document: Json, path: string): Json {
  let value = document;
  for (const step of path === '' ? [] : path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Json>>)[step] : undefined;
  }
  return value;
}

/** @param by `undefined` takes the field away. */
function changed(value: Json, [step, ...rest]: Path, by: Json): Json {
  if (step === undefined) return by;
  const copy: Record<string, Json> | Json[] = Array.isArray(value) ? [...value] : { ...(value as object) };
  return Object.assign(copy, { [step]: changed((value as Readonly<Record<string, Json>>)[step], rest, by) });
}

function typeOf(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}
