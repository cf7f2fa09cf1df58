/**
 * Verifies the bytes of one extent by everything that is known of them. Shared by the check of a store that stands
 * still and the scrub of one at work.
 */
import { Crc64 } from '@annals/checksum';
import type { BlobStore } from '../contract/blob-store.js';
import { EngineFailure } from '../contract/engine-failure.js';
import type { ContentCipher } from '../encryption/content-cipher.js';
import { PLAIN_BLOCK_LENGTH_BYTES, readSealedBlob, sealedLengthOf } from '../encryption/sealed-blob.js';
import type { ContentKeys } from '../object-store/context/content-keys.js';
import { type BlobExtent, type Extent, verifyInlineExtent } from '../object-store/records/extent-record.js';
import type { ContentId } from '../vocabulary/encryption.js';
import type { DamagedRange } from './damaged-bytes.js';

/** What became of an extent. */
export interface ExtentVerdict {
  /** Damaged bytes, from the beginning of the extent. */
  readonly damaged: readonly DamagedRange[];
  /** The first thing that is wrong. */
  readonly failure?: EngineFailure;
  /** The key of its encryption is not at hand: checksums of the ciphertext are right, no more is known. */
  readonly isUnproven: boolean;
  /** CRC-64 of its bytes in the clear, where it is known; of a slice, as its row says. */
  readonly crc64?: bigint;
}

const BLOCK_LENGTH_BYTES = 256 * 1024;

interface BytesContext {
  readonly blobs: BlobStore;
  readonly contentKeys: ContentKeys;
  /** Bytes were read and verified. @returns When the next may be. */
  countBytes(lengthBytes: number): Promise<void> | undefined;
}

/** @throws {EngineFailure} `unavailable`. Damage is in the verdict. */
export async function checkExtent(
  context: BytesContext,
  contentId: ContentId,
  offset: number,
  extent: Extent,
): Promise<ExtentVerdict> {
  switch (extent.kind) {
    case 'slice':
      return { damaged: [], isUnproven: false, crc64: extent.crc64 };
    case 'inline':
      await context.countBytes(extent.length);
      return judge(extent.length, () => {
        verifyInlineExtent(extent);
        return extent.crc64;
      });
    case 'sealed-inline': {
      await context.countBytes(extent.length);
      return judge(extent.length, async () => {
        const cipher = await context.contentKeys.open(contentId);
        return cipher.openInline(extent.sealed, offset).crc64;
      });
    }
    case 'blob':
      return checkBlob(context, contentId, offset, extent);
  }
}

async function judge(length: number, verify: () => bigint | Promise<bigint>): Promise<ExtentVerdict> {
  try {
    return { damaged: [], isUnproven: false, crc64: await verify() };
  } catch (error) {
    if (isKeyUnavailable(error)) return { damaged: [], isUnproven: true };
    return { damaged: [{ start: 0, end: length }], failure: requireDamage(error), isUnproven: false };
  }
}

async function checkBlob(
  context: BytesContext,
  contentId: ContentId,
  offset: number,
  extent: BlobExtent,
): Promise<ExtentVerdict> {
  let cipher: ContentCipher | undefined;
  try {
    if (extent.isSealed) cipher = await context.contentKeys.open(contentId);
  } catch (error) {
    if (!isKeyUnavailable(error)) {
      return { damaged: [{ start: 0, end: extent.length }], failure: requireDamage(error), isUnproven: false };
    }
  }
  const isUnproven = extent.isSealed && cipher === undefined;
  const read = (start: number, end: number): AsyncIterable<Uint8Array> => {
    if (cipher !== undefined) return readSealedBlob(context.blobs, { ...extent, offset }, cipher, { start, end });
    const blobLength = extent.isSealed ? sealedLengthOf(extent.length) : extent.length;
    return context.blobs.read(extent.blobId, { start, end, blobLength });
  };
  const length = isUnproven ? sealedLengthOf(extent.length) : extent.length;
  let failure: EngineFailure;
  try {
    const checksum = new Crc64();
    for await (const chunk of read(0, length)) {
      checksum.update(chunk);
      await context.countBytes(chunk.length);
    }
    if (isUnproven) return { damaged: [], isUnproven };
    const crc64 = checksum.digest();
    if (crc64 === extent.crc64) return { damaged: [], isUnproven, crc64 };
    const detail = `blob ${extent.blobId} is whole, and its bytes are not those its extent was made of`;
    failure = new EngineFailure({ kind: 'corrupt', detail });
  } catch (error) {
    failure = requireDamage(error);
  }
  const damaged = await damagedBlocks(
    read,
    length,
    isUnproven || !extent.isSealed ? BLOCK_LENGTH_BYTES : PLAIN_BLOCK_LENGTH_BYTES,
  );
  // Each block by itself is right: then it is not known which of them are wrong.
  return { damaged: damaged.length > 0 ? damaged : [{ start: 0, end: extent.length }], failure, isUnproven };
}

async function damagedBlocks(
  read: (start: number, end: number) => AsyncIterable<Uint8Array>,
  length: number,
  blockLength: number,
): Promise<readonly DamagedRange[]> {
  const damaged: DamagedRange[] = [];
  for (let start = 0; start < length; start += blockLength) {
    const end = Math.min(length, start + blockLength);
    try {
      for await (const _ of read(start, end)) {
        // Only whether it can be read is asked.
      }
    } catch (error) {
      requireDamage(error);
      const last = damaged.at(-1);
      if (last?.end === start) damaged[damaged.length - 1] = { start: last.start, end };
      else damaged.push({ start, end });
    }
  }
  return damaged;
}

/** @returns The failure, if it is damage. @throws Anything else. */
export function requireDamage(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) {
    const { reason } = error;
    const isUnreadable = reason.kind === 'unavailable' && reason.because === 'input-output';
    if (reason.kind === 'corrupt' || reason.kind === 'missing-blob' || isUnreadable) return error;
  }
  throw error;
}

/** What a failure says, for people. */
export function describeDamage({ reason, cause }: EngineFailure): string {
  if (reason.kind === 'corrupt') return reason.detail;
  if (reason.kind === 'missing-blob') return `blob ${reason.blobId} is missing`;
  return cause instanceof Error ? cause.message : reason.kind;
}

function isKeyUnavailable(error: unknown): boolean {
  return error instanceof EngineFailure && error.reason.kind === 'key-unavailable';
}
