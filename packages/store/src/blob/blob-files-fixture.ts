/** Blob files as a program beside the store sees them: read, and replaced as a whole. For tests. */
import { crc32 } from '@annals/checksum/node';
import { SimulatedFileSystem } from '../file-system/simulated-file-system.js';
import { BLOCK_LENGTH_BYTES, FOOTER_LENGTH_BYTES } from './blob-trailer.js';
import { checkBlobs } from './checked-blob-store.js';
import { openFileSystemBlobStore } from './file-system/open.js';
import { decodeRecordHeader, placeOf, RECORD_HEADER_LENGTH_BYTES } from './file-system/segments/segment-format.js';

const DIRECTORY = '/blobs';
const VERSION_OFFSET = 12;
const CRC_OFFSET = 28;

/** The files of a blob store on a simulated disk. */
export class BlobFiles {
  readonly fileSystem = new SimulatedFileSystem();

  /** Opens a store on these files that remembers nothing. */
  async open() {
    return checkBlobs(await openFileSystemBlobStore({ directory: DIRECTORY, fileSystem: this.fileSystem }));
  }

  /** @returns All bytes of the blob, with its trailer. */
  async read(blobId: string): Promise<Buffer> {
    const { path, start, end } = await this.#find(blobId);
    return (await this.#readFile(path)).subarray(start, end);
  }

  /** @throws {Error} The length of a blob that shares a file with others would change. */
  async replace(blobId: string, bytes: Uint8Array): Promise<void> {
    const { path, start, end } = await this.#find(blobId).catch(() => ({ path: pathOf(blobId), start: 0, end: 0 }));
    let whole: Uint8Array = bytes;
    if (start > 0) {
      if (bytes.length !== end - start) throw new Error(`Cannot replace ${end - start} bytes by ${bytes.length}`);
      whole = await this.#readFile(path);
      whole.set(bytes, start);
    }
    if ((await this.fileSystem.status(path)) !== undefined) await this.fileSystem.removeFile(path);
    const file = await this.fileSystem.createFile(path);
    await file.writeVector([whole], 0);
    await file.syncData();
    await file.close();
  }

  async #find(blobId: string): Promise<{ readonly path: string; readonly start: number; readonly end: number }> {
    const { segmentId, offset } = placeOf(blobId);
    const shared = `${DIRECTORY}/segments/${segmentId}`;
    const isShared = (await this.fileSystem.status(shared)) !== undefined;
    const bytes = await this.#readFile(isShared ? shared : pathOf(blobId));
    if (!isShared) return { path: pathOf(blobId), start: 0, end: bytes.length };
    const start = offset + RECORD_HEADER_LENGTH_BYTES;
    return { path: shared, start, end: start + Number(decodeRecordHeader(blobId, bytes.subarray(offset, start))) };
  }

  async #readFile(path: string): Promise<Buffer> {
    const file = await this.fileSystem.openFile(path);
    const { lengthBytes } = await file.status();
    const bytes = Buffer.alloc(lengthBytes);
    await file.read(bytes, 0);
    await file.close();
    return bytes;
  }
}

/** @returns A blob file as a program of format 3 would have written it. */
export function withTrailerOfFormat3(bytes: Buffer): Buffer {
  const older = Buffer.from(bytes);
  const dataLength = Number(older.readBigUInt64LE(older.length - FOOTER_LENGTH_BYTES));
  for (let start = 0, index = 0; start < dataLength; start += BLOCK_LENGTH_BYTES, index += 1) {
    const block = older.subarray(start, Math.min(dataLength, start + BLOCK_LENGTH_BYTES));
    older.writeUInt32LE(crc32(block), dataLength + 4 * index);
  }
  const footer = older.subarray(older.length - FOOTER_LENGTH_BYTES);
  footer.writeUInt8(1, VERSION_OFFSET);
  const trailer = older.subarray(dataLength);
  footer.writeUInt32LE(crc32(trailer.subarray(0, trailer.length - FOOTER_LENGTH_BYTES + CRC_OFFSET)), CRC_OFFSET);
  return older;
}

function pathOf(blobId: string): string {
  return `${DIRECTORY}/${blobId.slice(0, 2)}/${blobId.slice(2)}`;
}
