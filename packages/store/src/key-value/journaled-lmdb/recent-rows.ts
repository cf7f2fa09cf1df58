/**
 * The rows that are durable in the journal and may not be in the database yet, on the thread that reads: in front of
 * the database they make up what was committed. One layer per generation of the journal; a layer is dropped when the
 * database has it.
 */
import type { KeyValueEntry, KeyValueRange } from '../../contract/key-value-store.js';
import { keyToText } from '../commit-rules.js';

/** What a row is now; `undefined`: it is gone. */
export type RecentRow = KeyValueEntry | undefined;

/** The rows of a generation; `undefined`: of the one that is being written. */
export interface RecentLayer {
  readonly generation: number | undefined;
  readonly rows: Iterable<readonly [text: string, row: RecentRow]>;
}

class Layer {
  readonly rows: Map<string, RecentRow>;
  /** Byte order. */
  readonly #sorted: string[] = [];
  /** In `rows`, and not in `#sorted` yet: only lists need an order, and few writes are followed by one. */
  #unsorted: string[];

  constructor(rows?: ReadonlyMap<string, RecentRow>) {
    this.rows = new Map(rows);
    this.#unsorted = [...this.rows.keys()];
  }

  set(text: string, row: RecentRow): void {
    if (!this.rows.has(text)) this.#unsorted.push(text);
    this.rows.set(text, row);
  }

  /** @returns All its keys, and where those of the range begin and end. */
  range(start: string, end: string): { readonly keys: readonly string[]; readonly from: number; readonly to: number } {
    const keys = this.#sorted;
    if (this.#unsorted.length > 0) {
      for (const text of this.#unsorted) keys.push(text);
      this.#unsorted = [];
      // Two ascending runs, mostly: the engine's merge sort is linear on them.
      keys.sort();
    }
    return { keys, from: lowerBound(keys, start), to: lowerBound(keys, end) };
  }
}

/** Where a walk through one source stands. */
interface Cursor {
  /** `undefined`: at its end. */
  text(): string | undefined;
  row(): RecentRow;
  advance(): void;
  close(): void;
}

/** The layers in front of the database, newest first. */
export class RecentRows {
  #layers: { readonly layer: Layer; generation: number | undefined }[] = [
    { layer: new Layer(), generation: undefined },
  ];

  /** @param layers Newest first; the first is the one that takes rows. */
  static of(layers: readonly RecentLayer[]): RecentRows {
    const recent = new RecentRows();
    recent.#layers = layers.map(({ generation, rows }) => ({ layer: new Layer(new Map(rows)), generation }));
    return recent;
  }

  /** All of it as it is now, newest first; to be read at once. */
  layers(): readonly RecentLayer[] {
    return this.#layers.map(({ layer, generation }) => ({ generation, rows: layer.rows }));
  }

  set(text: string, row: RecentRow): void {
    this.#layers[0]?.layer.set(text, row);
  }

  /** @returns Whether the row is decided here, and what it is then. */
  find(text: string): { readonly row: RecentRow } | undefined {
    for (const { layer } of this.#layers) {
      const row = layer.rows.get(text);
      if (row !== undefined) return { row };
      if (layer.rows.has(text)) return { row: undefined };
    }
    return undefined;
  }

  /** @returns What is here now, as it stays whatever is set, closed or forgotten later. */
  copy(): RecentRows {
    const copy = new RecentRows();
    // Only the newest layer takes rows; those behind it can be shared.
    copy.#layers = this.#layers.map(({ layer, generation }, index) => ({
      layer: index === 0 ? new Layer(layer.rows) : layer,
      generation,
    }));
    return copy;
  }

  /** What was set up to now belongs to this generation of the journal, or an earlier one. */
  closeGeneration(generation: number): void {
    const [newest] = this.#layers;
    if (newest !== undefined) newest.generation = generation;
    this.#layers.unshift({ layer: new Layer(), generation: undefined });
  }

  /** The database has this generation and all before it. */
  forget(generation: number): void {
    this.#layers = this.#layers.filter((entry) => entry.generation === undefined || entry.generation > generation);
  }

  /**
   * @param openRows Walks the rows of the database in the range, in its direction; called only when it is needed,
   * without a limit.
   * @returns What the range holds; `undefined` when nothing recent is in it and the database alone may answer.
   */
  list(range: KeyValueRange, openRows: () => Iterator<KeyValueEntry>): KeyValueEntry[] | undefined {
    const isReverse = range.reverse === true;
    const [start, end] = [keyToText(range.start), keyToText(range.end)];
    const cursors: Cursor[] = [];
    for (const { layer } of this.#layers) {
      if (layer.rows.size === 0) continue;
      const { keys, from, to } = layer.range(start, end);
      if (from < to) cursors.push(layerCursor(layer, keys, isReverse ? to - 1 : from, isReverse ? from - 1 : to));
    }
    if (cursors.length === 0) return undefined;
    cursors.push(databaseCursor(openRows()));
    const entries: KeyValueEntry[] = [];
    while (entries.length < range.limit) {
      const text = nextText(cursors, isReverse);
      if (text === undefined) break;
      // Where several have the key, the first of them is the newest.
      let newest: { readonly row: RecentRow } | undefined;
      for (const cursor of cursors) {
        if (cursor.text() !== text) continue;
        newest ??= { row: cursor.row() };
        cursor.advance();
      }
      if (newest?.row !== undefined) entries.push(newest.row);
    }
    for (const cursor of cursors) cursor.close();
    return entries;
  }
}

function nextText(cursors: readonly Cursor[], isReverse: boolean): string | undefined {
  let next: string | undefined;
  for (const cursor of cursors) {
    const text = cursor.text();
    if (text === undefined) continue;
    if (next === undefined || (isReverse ? text > next : text < next)) next = text;
  }
  return next;
}

function layerCursor(layer: Layer, keys: readonly string[], first: number, end: number): Cursor {
  const step = first < end ? 1 : -1;
  let index = first;
  const text = (): string | undefined => (index === end ? undefined : keys[index]);
  return {
    text,
    row: () => layer.rows.get(text() ?? ''),
    advance: () => {
      index += step;
    },
    close: () => {},
  };
}

/** Looks at a row only when it is asked for: what lies behind the last one needed may be damaged. */
function databaseCursor(rows: Iterator<KeyValueEntry>): Cursor {
  let current: IteratorResult<KeyValueEntry> | undefined;
  let text: string | undefined;
  const look = (): IteratorResult<KeyValueEntry> => {
    if (current === undefined) {
      current = rows.next();
      text = current.done ? undefined : keyToText(current.value.key);
    }
    return current;
  };
  return {
    text: () => {
      look();
      return text;
    },
    row: () => look().value,
    advance: () => {
      look();
      current = undefined;
    },
    close: () => {
      if (current?.done !== true) rows.return?.();
    },
  };
}

/** @returns Index of the first key that is not below `text`. */
function lowerBound(keys: readonly string[], text: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
