/**
 * What the engine asks of a pool, in terms of its objects. Leaves out what the objects hold (`rados-blob-layout.ts`).
 * An object that is missing is told apart from a pool that is missing.
 */
import type { Pointer } from './librados.js';
import { listObjects } from './list-rados-objects.js';
import type { RadosConnection } from './rados-connection.js';

/** What is done to one object at once: all of it, or nothing. */
export interface RadosWrite {
  /** Whether the object must be new, or must be there. Default: neither. */
  readonly expects?: 'nothing' | 'object';
  /** Replaces all bytes. */
  readonly bytes?: Uint8Array;
  readonly attribute?: { readonly name: string; readonly value: Uint8Array };
  readonly removedAttribute?: string;
}

const ATTRIBUTE_LENGTH_BYTES_MAX = 512;
const STAT_LENGTH_BYTES = 16;
/** As `LIBRADOS_CREATE_EXCLUSIVE`. */
const EXCLUSIVE = 1;

/** Objects of one namespace. @throws {RadosFailure} From every method. */
export class RadosPool {
  readonly connection: RadosConnection;

  constructor(connection: RadosConnection) {
    this.connection = connection;
  }

  /** @returns The bytes that are there, at most `lengthBytes`; `undefined`: no such object. */
  async read(name: string, offset: number, lengthBytes: number): Promise<Uint8Array | undefined> {
    const { library } = this.connection;
    return this.#withMemory(lengthBytes, async (memory) => {
      const result = await this.connection.operate(
        `read ${name}`,
        (context, completion) => library.read(context, name, completion, memory, lengthBytes, offset),
        ['ENOENT'],
      );
      return typeof result === 'number' ? library.memory.copy(memory, result) : undefined;
    });
  }

  /** @returns `undefined`: no such object; `null`: it has no such attribute. */
  async readAttribute(name: string, attribute: string): Promise<Uint8Array | null | undefined> {
    const { library } = this.connection;
    return this.#withMemory(ATTRIBUTE_LENGTH_BYTES_MAX, async (memory) => {
      const result = await this.connection.operate(
        `read ${name}`,
        (context, completion) =>
          library.readAttribute(context, name, completion, attribute, memory, ATTRIBUTE_LENGTH_BYTES_MAX),
        ['ENOENT', 'ENODATA'],
      );
      if (typeof result === 'number') return library.memory.copy(memory, result);
      return result === 'ENODATA' ? null : undefined;
    });
  }

  /** @returns Length in bytes and the time of the last change by the clock of its writer; `undefined`: no object. */
  async stat(name: string): Promise<{ readonly length: number; readonly modifiedAtMs: number } | undefined> {
    const { library } = this.connection;
    return this.#withMemory(STAT_LENGTH_BYTES, async (memory) => {
      const result = await this.connection.operate(
        `look at ${name}`,
        (context, completion) => library.stat(context, name, completion, memory, memory + 8n),
        ['ENOENT'],
      );
      if (typeof result !== 'number') return undefined;
      const found = Buffer.from(library.memory.copy(memory, STAT_LENGTH_BYTES));
      return { length: Number(found.readBigUInt64LE(0)), modifiedAtMs: Number(found.readBigInt64LE(8)) * 1000 };
    });
  }

  /**
   * Resolves when the change is on as many disks as the pool demands. The bytes may be changed as soon as the call has
   * returned.
   * @returns Whether the object was as expected; otherwise nothing was done.
   */
  async write(name: string, write: RadosWrite): Promise<boolean> {
    const { library } = this.connection;
    const prepared = this.#prepare(write);
    try {
      const result = await this.connection.operate(
        `write ${name}`,
        (context, completion) => library.write(prepared, context, completion, name, null, 0),
        write.expects === 'nothing' ? ['EEXIST'] : write.expects === 'object' ? ['ENOENT'] : [],
      );
      return typeof result === 'number';
    } finally {
      library.releaseWrite(prepared);
    }
  }

  /** @returns Whether it was there. */
  async remove(name: string): Promise<boolean> {
    const { library } = this.connection;
    const result = await this.connection.operate(
      `remove ${name}`,
      (context, completion) => library.remove(context, name, completion),
      ['ENOENT'],
    );
    return typeof result === 'number';
  }

  /** Streams the names of all objects, in no order, page by page. */
  list(): AsyncGenerator<readonly string[], void, undefined> {
    return listObjects(this.connection);
  }

  #prepare({ expects, bytes, attribute, removedAttribute }: RadosWrite): Pointer {
    const { library } = this.connection;
    const write = library.createWrite();
    if (expects === 'nothing') library.writeCreate(write, EXCLUSIVE, null);
    if (expects === 'object') library.writeAssertExists(write);
    if (bytes !== undefined) library.writeFull(write, bytes, bytes.length);
    if (attribute !== undefined) {
      library.writeAttribute(write, attribute.name, attribute.value, attribute.value.length);
    }
    if (removedAttribute !== undefined) library.writeRemoveAttribute(write, removedAttribute);
    return write;
  }

  /** The memory is there until the operation is over. */
  async #withMemory<Result>(lengthBytes: number, work: (memory: Pointer) => Promise<Result>): Promise<Result> {
    const { memory } = this.connection.library;
    const taken = memory.allocate(lengthBytes);
    try {
      return await work(taken);
    } finally {
      memory.free(taken);
    }
  }
}
