/**
 * What the engines use of modules that only `npm install --prefix bench/engines`, or a later Node, brings: so that they
 * are type-checked where these are not installed.
 */
declare module 'classic-level' {
  interface Snapshot {
    close(): Promise<void>;
  }
  interface RangeOptions<Key> {
    gte: Key;
    lt: Key;
    limit: number;
    reverse: boolean;
    snapshot?: Snapshot;
  }
  export type BatchOperation<_Database, Key, Value> =
    | { type: 'put'; key: Key; value: Value }
    | { type: 'del'; key: Key };
  export class ClassicLevel<Key = Buffer, Value = Buffer> {
    constructor(location: string, options: { keyEncoding: string; valueEncoding: string });
    open(): Promise<void>;
    close(): Promise<void>;
    get(key: Key, options?: { snapshot?: Snapshot }): Promise<Value | undefined>;
    getSync(key: Key): Value | undefined;
    iterator(options: RangeOptions<Key>): { all(): Promise<[Key, Value][]> };
    batch(
      operations: readonly BatchOperation<ClassicLevel<Key, Value>, Key, Value>[],
      options: { sync: boolean },
    ): Promise<void>;
    snapshot(): Snapshot;
  }
}

declare module 'better-sqlite3' {
  class Database {
    constructor(path: string);
    exec(text: string): unknown;
    prepare(text: string): {
      get(...values: unknown[]): unknown;
      all(...values: unknown[]): unknown[];
      run(...values: unknown[]): unknown;
    };
    close(): unknown;
  }
  export = Database;
}

declare module 'node:sqlite' {
  export class DatabaseSync {
    constructor(path: string);
    exec(text: string): unknown;
    prepare(text: string): {
      get(...values: unknown[]): unknown;
      all(...values: unknown[]): unknown[];
      run(...values: unknown[]): unknown;
    };
    close(): unknown;
  }
}
