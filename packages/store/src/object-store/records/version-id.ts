/**
 * Version ids: opaque outside. Inside, an id carries the number of its version, so that a version is found with one
 * read and no index; the random rest makes it unguessable and never repeated, and is compared with what the row says.
 */

/** The id of whatever an unversioned or suspended bucket holds. */
export const NULL_VERSION_ID = 'null';

/** Beginning of the ids that OSS gives out; as Base64 it reads "CAEQ". */
const PREFIX = Buffer.from([0x08, 0x01, 0x10]);
const SEQUENCE_LENGTH = 8;
/** Makes 48 bytes in all: 64 characters, as those of OSS. */
const RANDOM_LENGTH = 37;
const VERSION_ID = /^CAEQ[A-Za-z0-9_-]{60}$/;

/** @returns A new id for the version with this number. */
export function newVersionId(
  { randomBytes }: { readonly randomBytes: (lengthBytes: number) => Uint8Array },
  sequence: number,
): string {
  const number = Buffer.alloc(SEQUENCE_LENGTH);
  number.writeBigUInt64BE(BigInt(sequence));
  return Buffer.concat([PREFIX, number, randomBytes(RANDOM_LENGTH)]).toString('base64url');
}

/** Tells whether this could be the id of a version: one that was given out, or the id of null versions. */
export function isVersionId(text: string): boolean {
  return text === NULL_VERSION_ID || sequenceOf(text) !== undefined;
}

/** @returns The number of the version an id names; undefined for text that is no such id, also for "null". */
export function sequenceOf(versionId: string): number | undefined {
  if (!VERSION_ID.test(versionId)) return undefined;
  const sequence = Buffer.from(versionId, 'base64url').readBigUInt64BE(PREFIX.length);
  return sequence <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sequence) : undefined;
}
