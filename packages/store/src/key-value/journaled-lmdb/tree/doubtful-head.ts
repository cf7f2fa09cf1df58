/**
 * Finds the tree of a file whose heads are all damaged, by what is left of them: a reference in one of their four
 * copies counts when the page that it names is the one that is meant, checksum, number and birth. It does not search
 * for pages: a client that may write rows could have written something that looks like a root.
 */

import type { BlockingFile } from '../../../file-system/file-system.js';
import { readPage } from './read-page.js';
import {
  HEAD_COPY_COUNT,
  KIND_BRANCH,
  KIND_LEAF,
  KIND_MAP_TABLE,
  PAGE_LENGTH_BYTES,
  type PageReference,
  pageFault,
  readDoubtfulHead,
  type TreeHead,
} from './tree-format.js';
import { headPages } from './tree-reader.js';

/** A state that can be proven without a whole head. */
export interface FoundTree {
  /** What it says of pages in use and rows is not known. */
  readonly head: TreeHead;
  /** Both heads name a state, and this is the newer of the two. Otherwise there may have been one after it. */
  readonly isNewest: boolean;
}

/**
 * @param point How far in the journal the rows come, as the journal has it. @returns `undefined`: nothing can be
 * proven.
 */
export function findTree(file: BlockingFile, point: Pick<TreeHead, 'generation' | 'sequence'>): FoundTree | undefined {
  const bySlot: (TreeHead | undefined)[] = [];
  for (const [index, page] of headPages(file).entries()) {
    const slot = Math.floor(index / HEAD_COPY_COUNT);
    if (page !== undefined && page.length === PAGE_LENGTH_BYTES) bySlot[slot] ??= provenHead(file, page, point);
  }
  const found = bySlot.filter((head) => head !== undefined);
  const [head] = found.sort((one, other) => other.transaction - one.transaction);
  return head === undefined ? undefined : { head, isNewest: found.length === 2 };
}

function provenHead(
  file: BlockingFile,
  page: Buffer,
  point: Pick<TreeHead, 'generation' | 'sequence'>,
): TreeHead | undefined {
  const { root, mapTables } = readDoubtfulHead(page);
  const rootPage = pageOf(file, root);
  const [kind, level] = [rootPage?.[4], rootPage?.[5] ?? 0];
  if (rootPage === undefined || (kind !== KIND_BRANCH && kind !== KIND_LEAF)) return undefined;
  if (pageFault(rootPage, root, kind, level) !== undefined) return undefined;
  const births = mapTables.filter((table) => isTable(file, table)).map(({ birth }) => birth);
  const pageCount = Math.floor(file.lengthBytes / PAGE_LENGTH_BYTES);
  return {
    ...point,
    // A transaction that only moved pages of the map has the same root as the one before.
    transaction: Math.max(root.birth, ...births),
    pageCount,
    usedPageCount: pageCount,
    rowCount: Number.NaN,
    root,
    level,
    mapTables,
  };
}

function isTable(file: BlockingFile, table: PageReference): boolean {
  const page = pageOf(file, table);
  return page !== undefined && pageFault(page, table, KIND_MAP_TABLE, 0) === undefined;
}

function pageOf(file: BlockingFile, { pageNumber }: PageReference): Buffer | undefined {
  try {
    return readPage(file, pageNumber);
  } catch {
    return undefined;
  }
}
