/**
 * How a blob lies in a pool: stripes of one length, each an object of its own, since objects have a limit and each lies
 * on a few disks. The first is the head. A blob is there when its head has the attribute, which also says how long it
 * is; before that, and without that, its objects are leftovers. All stripes are written whole, so that pools with
 * erasure coding can hold them.
 */
import type { BlobId } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { isBlobId } from '../blob-id.js';

/** Of every stripe but the last, as they are written now. */
export const STRIPE_LENGTH_BYTES: number = 4 * 1024 * 1024;

/** On the head of a blob. */
export const BLOB_ATTRIBUTE = 'annals.blob';

const VERSION = 1;
const PREFIX = 'blob.';
const INDEX_LENGTH = 8;

/** What the attribute says. */
export interface BlobLayout {
  /** In bytes. */
  readonly length: number;
  readonly stripeLength: number;
}

/** A stripe of a blob, by its name. */
export interface StripeName {
  readonly blobId: BlobId;
  /** From 0, the head. */
  readonly index: number;
}

/** @throws {EngineFailure} `missing-blob`: an id that is none must never become a name. */
export function stripeName(blobId: BlobId, index: number): string {
  if (!isBlobId(blobId)) throw new EngineFailure({ kind: 'missing-blob', blobId });
  return index === 0 ? PREFIX + blobId : `${PREFIX}${blobId}.${index.toString(16).padStart(INDEX_LENGTH, '0')}`;
}

/** @returns Undefined: the object is not ours to touch. */
export function parseStripeName(name: string): StripeName | undefined {
  const [, blobId = '', digits] = /^blob\.([0-9a-f]{32})(?:\.([0-9a-f]{8}))?$/.exec(name) ?? [];
  if (!isBlobId(blobId)) return undefined;
  const index = digits === undefined ? 0 : Number.parseInt(digits, 16);
  return digits !== undefined && index === 0 ? undefined : { blobId, index };
}

/** @returns At least 1: also an empty blob has a head. */
export function stripeCount({ length, stripeLength }: BlobLayout): number {
  return Math.max(1, Math.ceil(length / stripeLength));
}

/** The attribute of a blob that is written now. */
export function encodeLayout(length: number): Uint8Array {
  return Buffer.from(JSON.stringify({ version: VERSION, length, stripeLength: STRIPE_LENGTH_BYTES }), 'utf8');
}

/** @throws {EngineFailure} `corrupt`: the attribute is not one that this program knows. */
export function decodeLayout(blobId: BlobId, attribute: Uint8Array): BlobLayout {
  let found: unknown;
  try {
    found = JSON.parse(Buffer.from(attribute).toString('utf8'));
  } catch {
    // As any other text.
  }
  const { version, length, stripeLength } = (typeof found === 'object' && found !== null ? found : {}) as Record<
    string,
    unknown
  >;
  if (version !== VERSION || !isCount(length, 0) || !isCount(stripeLength, 1)) {
    const detail = `the head of blob ${blobId} is of another version of this program, or damaged`;
    throw new EngineFailure({ kind: 'corrupt', detail });
  }
  return { length, stripeLength };
}

function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}
