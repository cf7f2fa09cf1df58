/** Lists the objects of a namespace, page by page. Nothing of a page stays in the memory of the library. */
import type { Librados, Pointer, PointerSlot } from './librados.js';
import type { RadosConnection } from './rados-connection.js';

/** Objects of a page. */
const PAGE_COUNT = 256;
/** Length and address of three texts: name, namespace, locator. */
const ITEM_LENGTH_BYTES = 48;

/**
 * Streams the names of all objects, in no order. One that comes or goes meanwhile may be there or not.
 * @throws {RadosFailure}
 */
export async function* listObjects(connection: RadosConnection): AsyncGenerator<readonly string[], void, undefined> {
  const { library } = connection;
  const session = await connection.session();
  connection.assertUsable(session);
  const { context } = session;
  const end = library.listEnd(context);
  let start = library.listBegin(context);
  // Made now: later the context may be gone.
  let spare = library.listBegin(context);
  try {
    while (library.listIsEnd(context, start) === 0) {
      connection.assertOpen();
      const next: PointerSlot = [spare];
      const names = await connection.guard(session, () =>
        readPage(library, (items) => session.listPage({ start, end }, items, PAGE_COUNT, next)),
      );
      [start, spare] = [next[0] ?? end, start];
      yield names;
    }
  } finally {
    for (const cursor of new Set([start, spare, end])) library.freeCursor(context, cursor);
  }
}

async function readPage(library: Librados, list: (items: Pointer) => Promise<number>): Promise<readonly string[]> {
  const { memory } = library;
  const items = memory.allocate(PAGE_COUNT * ITEM_LENGTH_BYTES);
  try {
    const count = await list(items);
    const found = Buffer.from(memory.copy(items, count * ITEM_LENGTH_BYTES));
    const names = Array.from({ length: count }, (_, index) => {
      const length = Number(found.readBigUInt64LE(index * ITEM_LENGTH_BYTES));
      const text = memory.copy(found.readBigUInt64LE(index * ITEM_LENGTH_BYTES + 8), length);
      return Buffer.from(text).toString('latin1');
    });
    library.freeItems(count, items);
    return names;
  } finally {
    memory.free(items);
  }
}
