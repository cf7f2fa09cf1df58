/**
 * A file of the simulated disk: pages in the cache, pages on the disk, and the changes in between, which a sync or a
 * loss of power brings to the disk sector by sector. Leaves out names and faults (`simulated-disk.ts`).
 */
import { crc32 } from '@annals/checksum/node';

/** What a disk writes whole or not at all. */
const SECTOR_LENGTH_BYTES = 512;

/** Unit of sharing between snapshots; has nothing to do with what survives. */
const PAGE_LENGTH_BYTES = 4096;

const ZERO_PAGE = new Uint8Array(PAGE_LENGTH_BYTES);
/** A change that is in the cache and not on the disk yet. Numbers grow in the order in which changes were made. */
interface PendingSector {
  readonly number: number;
  readonly sector: number;
  readonly bytes: Uint8Array;
}

interface PendingLength {
  readonly number: number;
  readonly lengthBytes: number;
}

/** A file, in the cache and on the disk. */
export interface FileNode {
  readonly kind: 'file';
  readonly epoch: number;
  /** Each is never changed once made; `undefined`: zeros. */
  pages: (Uint8Array | undefined)[];
  lengthBytes: number;
  modifiedAtMs: number;
  syncedPages: (Uint8Array | undefined)[];
  syncedLengthBytes: number;
  pendingSectors: PendingSector[];
  pendingLengths: PendingLength[];
}

/** Makes a file of no bytes, which is on no disk yet. */
export function emptyFile(epoch: number, modifiedAtMs: number): FileNode {
  return {
    kind: 'file',
    epoch,
    pages: [],
    lengthBytes: 0,
    modifiedAtMs,
    syncedPages: [],
    syncedLengthBytes: 0,
    pendingSectors: [],
    pendingLengths: [],
  };
}

/** A file to be changed; a snapshot that has the other still sees it as it was. */
export function copyOfFile(file: FileNode, epoch: number): FileNode {
  return {
    ...file,
    epoch,
    pages: [...file.pages],
    syncedPages: [...file.syncedPages],
    pendingSectors: [...file.pendingSectors],
    pendingLengths: [...file.pendingLengths],
  };
}

/** Reads what the cache shows. @returns How many bytes there were. */
export function readPages(file: FileNode, target: Uint8Array, positionBytes: number): number {
  const length = Math.max(0, Math.min(target.length, file.lengthBytes - positionBytes));
  for (let read = 0; read < length; ) {
    const position = positionBytes + read;
    const inPage = position % PAGE_LENGTH_BYTES;
    const count = Math.min(length - read, PAGE_LENGTH_BYTES - inPage);
    const page = file.pages[Math.floor(position / PAGE_LENGTH_BYTES)];
    if (page === undefined) target.fill(0, read, read + count);
    else target.set(inPage === 0 && count === PAGE_LENGTH_BYTES ? page : page.subarray(inPage, inPage + count), read);
    read += count;
  }
  return length;
}

/**
 * Writes into the cache. The file grows where the bytes reach behind its end.
 * @param nextNumber Gives each change its number.
 */
export function putBytes(file: FileNode, bytes: Uint8Array, positionBytes: number, nextNumber: () => number): void {
  const endBytes = positionBytes + bytes.length;
  if (endBytes > file.lengthBytes) {
    file.lengthBytes = endBytes;
    file.pendingLengths.push({ number: nextNumber(), lengthBytes: endBytes });
  }
  for (let page = Math.floor(positionBytes / PAGE_LENGTH_BYTES); page * PAGE_LENGTH_BYTES < endBytes; page += 1) {
    putPage(file, page, bytes, { positionBytes, nextNumber });
  }
}

function putPage(
  file: FileNode,
  page: number,
  bytes: Uint8Array,
  { positionBytes, nextNumber }: { readonly positionBytes: number; readonly nextNumber: () => number },
): void {
  const pageStart = page * PAGE_LENGTH_BYTES;
  const start = Math.max(positionBytes, pageStart);
  const end = Math.min(positionBytes + bytes.length, pageStart + PAGE_LENGTH_BYTES);
  const part = bytes.subarray(start - positionBytes, end - positionBytes);
  const before = file.pages[page];
  if (before === undefined && part.length === PAGE_LENGTH_BYTES && Buffer.compare(part, ZERO_PAGE) === 0) return;
  const after = before === undefined ? new Uint8Array(PAGE_LENGTH_BYTES) : before.slice();
  after.set(part, start - pageStart);
  file.pages[page] = after;
  const sectorFirst = Math.floor((start - pageStart) / SECTOR_LENGTH_BYTES);
  const sectorEnd = Math.ceil((end - pageStart) / SECTOR_LENGTH_BYTES);
  for (let sector = sectorFirst; sector < sectorEnd; sector += 1) {
    file.pendingSectors.push({
      number: nextNumber(),
      sector: pageStart / SECTOR_LENGTH_BYTES + sector,
      bytes: after.subarray(sector * SECTOR_LENGTH_BYTES, (sector + 1) * SECTOR_LENGTH_BYTES),
    });
  }
}

/** Changes the length in the cache; what is cut off is gone, what is new is zeros. */
export function setLength(file: FileNode, lengthBytes: number, number: number): void {
  if (lengthBytes < file.lengthBytes) {
    cutPages(file.pages, lengthBytes);
    // What was written behind the cut is gone whether it reached the disk or not, once the cut has.
    file.pendingSectors = file.pendingSectors.filter(({ sector }) => sector * SECTOR_LENGTH_BYTES < lengthBytes);
  }
  file.lengthBytes = lengthBytes;
  file.pendingLengths.push({ number, lengthBytes });
}

/**
 * Brings changes to the disk; those up to a number are not pending any more.
 * @param reaches Whether a change gets there.
 */
export function syncFile(file: FileNode, upTo: number, reaches: () => boolean): void {
  applyToSynced(file, (number) => number <= upTo && reaches());
  file.pendingSectors = file.pendingSectors.filter(({ number }) => number > upTo);
  file.pendingLengths = file.pendingLengths.filter(({ number }) => number > upTo);
}

/** Gives the numbers of the changes that are not on the disk. */
export function pendingOfFile({ pendingSectors, pendingLengths }: FileNode): readonly number[] {
  return [...pendingSectors, ...pendingLengths].map(({ number }) => number);
}

/**
 * The file that a loss of power leaves.
 * @param survives Of a change that was not synced, by its number: whether it is on the disk.
 */
export function fileAfter(node: FileNode, survives: (number: number) => boolean): FileNode {
  const file: FileNode = { ...node, epoch: 0, syncedPages: [...node.syncedPages] };
  applyToSynced(file, survives);
  // Sectors that came to the disk without the length that covers them are no part of the file.
  cutPages(file.syncedPages, file.syncedLengthBytes);
  file.pages = [...file.syncedPages];
  file.lengthBytes = file.syncedLengthBytes;
  file.pendingSectors = [];
  file.pendingLengths = [];
  return file;
}

/** Changes that count reach the disk in the order in which they were made: of one sector the last of them stays. */
function applyToSynced(file: FileNode, counts: (number: number) => boolean): void {
  const owned = new Set<Uint8Array>();
  let lengthIndex = 0;
  const applyLengthsBefore = (number: number): void => {
    for (; lengthIndex < file.pendingLengths.length; lengthIndex += 1) {
      const change = file.pendingLengths[lengthIndex] as PendingLength;
      if (change.number > number) return;
      if (!counts(change.number)) continue;
      if (change.lengthBytes < file.syncedLengthBytes) cutPages(file.syncedPages, change.lengthBytes);
      file.syncedLengthBytes = change.lengthBytes;
    }
  };
  for (const { number, sector, bytes } of file.pendingSectors) {
    if (!counts(number)) continue;
    applyLengthsBefore(number);
    const offset = sector * SECTOR_LENGTH_BYTES;
    const index = Math.floor(offset / PAGE_LENGTH_BYTES);
    let page = file.syncedPages[index];
    if (page === undefined || !owned.has(page)) {
      page = page?.slice() ?? new Uint8Array(PAGE_LENGTH_BYTES);
      file.syncedPages[index] = page;
      owned.add(page);
    }
    page.set(bytes, offset % PAGE_LENGTH_BYTES);
  }
  applyLengthsBefore(Number.POSITIVE_INFINITY);
}

/** Removes what lies behind the length; the rest of the last page becomes zeros. */
function cutPages(pages: (Uint8Array | undefined)[], lengthBytes: number): void {
  const pageCount = Math.ceil(lengthBytes / PAGE_LENGTH_BYTES);
  if (pages.length > pageCount) pages.length = pageCount;
  const last = pages[pageCount - 1];
  const used = lengthBytes % PAGE_LENGTH_BYTES;
  if (last === undefined || used === 0 || last.subarray(used).every((byte) => byte === 0)) return;
  const cut = new Uint8Array(PAGE_LENGTH_BYTES);
  cut.set(last.subarray(0, used));
  pages[pageCount - 1] = cut;
}

/** A text that is the same for files of the same content, and (but for a chance of one in 2^32) only for those. */
export function digestOfFile(file: FileNode): string {
  return `${file.lengthBytes} ${file.pages.map(pageDigest).join()}`;
}

const digestOfPage = new WeakMap<Uint8Array, number>();

function pageDigest(page: Uint8Array | undefined): number {
  if (page === undefined) return 0;
  let digest = digestOfPage.get(page);
  if (digest === undefined) {
    digest = crc32(page);
    digestOfPage.set(page, digest);
  }
  return digest;
}
