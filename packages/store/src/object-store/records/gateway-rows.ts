/**
 * Rows that the gateways of one store keep about themselves: which are there, the epoch, which holds a lease, and what
 * blobs can no longer be published. A store that one process has open holds none of them. docs/format.md describes
 * them, and docs/decisions/0009-many-gateways.md says what they are for.
 */
import type { BlobId } from '../../contract/blob-store.js';
import type { KeyValueEntry } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import { count, fields, idText, listOf, time } from './checks.js';
import { type KeyRange, rangeOfPrefix } from './key-space.js';
import { decodeJsonRow } from './row-decoder.js';
import { ROW_FAMILIES } from './row-family.js';

/** A row as it was read. */
type Row = Pick<KeyValueEntry, 'key' | 'value'>;

/** What a gateway says about itself. */
export interface PresenceRow {
  /** Grows with each writing, so that others see that the gateway is alive. */
  readonly beat: number;
  /** Smallest epoch in which a reader of this gateway began, except those of `heldContentIds`. */
  readonly oldestEpoch: number;
  /** Contents that readers of this gateway have had open for long. */
  readonly heldContentIds: readonly ContentId[];
  /** Blobs that uploads of this gateway have been writing for long. */
  readonly heldBlobIds: readonly BlobId[];
}

/** The gateway that works under a lease. */
export interface LeaseRow {
  /** 32 hex digits. */
  readonly gatewayId: string;
  /** Grows with each renewal. */
  readonly beat: number;
}

const family = ROW_FAMILIES.gateway;

const presenceCheck = fields<PresenceRow>({
  beat: count,
  oldestEpoch: count,
  heldContentIds: listOf(idText),
  heldBlobIds: listOf(idText),
});
const epochCheck = fields<{ readonly epoch: number }>({ epoch: count });
const leaseCheck = fields<LeaseRow>({ gatewayId: idText, beat: count });
const termCheck = fields<{ readonly term: number }>({ term: count });
const tombstoneCheck = fields<{ readonly atMs: number }>({ atMs: time });

/** The row of a gateway. */
export function presenceKey(gatewayId: string): Uint8Array {
  return Buffer.concat([Buffer.from(`${family}g`, 'latin1'), Buffer.from(gatewayId, 'hex')]);
}

/** The rows of all gateways. */
export function presenceRange(): KeyRange {
  return rangeOfPrefix(Buffer.from(`${family}g`, 'latin1'));
}

/** The row of the epoch; absent means 0. */
export const epochKey: Uint8Array = Buffer.from(`${family}e`, 'latin1');

/** The row of the gateway that holds a lease; absent while none does. */
export function leaseKey(name: string): Uint8Array {
  return Buffer.from(`${family}l${name}`, 'latin1');
}

/** The row that changes only when a lease changes hands: what is done under the lease checks its version. */
export function termKey(name: string): Uint8Array {
  return Buffer.from(`${family}t${name}`, 'latin1');
}

/** Says that the blob was an orphan and must not become part of an object. */
export function tombstoneKey(blobId: BlobId): Uint8Array {
  return Buffer.concat([Buffer.from(`${family}x`, 'latin1'), Buffer.from(blobId, 'hex')]);
}

/** The rows of all tombstones. */
export function tombstoneRange(): KeyRange {
  return rangeOfPrefix(Buffer.from(`${family}x`, 'latin1'));
}

/** @returns The value of a row of this family. */
export function encodeGatewayRow(
  row: PresenceRow | LeaseRow | { readonly epoch: number } | { readonly term: number } | { readonly atMs: number },
): Uint8Array {
  return Buffer.from(JSON.stringify(row), 'utf8');
}

/** @throws {EngineFailure} `corrupt`. */
export function decodePresence({ key, value }: Row): PresenceRow {
  return decodeJsonRow(value, presenceCheck, () => key);
}

/** @returns 0 where there is no row. @throws {EngineFailure} `corrupt`. */
export function decodeEpoch(entry: Row | undefined): number {
  return entry === undefined ? 0 : decodeJsonRow(entry.value, epochCheck, () => entry.key).epoch;
}

/** @throws {EngineFailure} `corrupt`. */
export function decodeLease({ key, value }: Row): LeaseRow {
  return decodeJsonRow(value, leaseCheck, () => key);
}

/** @returns 0 where there is no row. @throws {EngineFailure} `corrupt`. */
export function decodeTerm(entry: Row | undefined): number {
  return entry === undefined ? 0 : decodeJsonRow(entry.value, termCheck, () => entry.key).term;
}

/** @returns When the orphan was found, in milliseconds since 1970. @throws {EngineFailure} `corrupt`. */
export function decodeTombstone({ key, value }: Row): number {
  return decodeJsonRow(value, tombstoneCheck, () => key).atMs;
}

/**
 * Decodes a row of this family, whichever it is.
 * @throws {EngineFailure} `corrupt`, also for a row that none of these functions names.
 */
export function checkGatewayRow(entry: Row): void {
  switch (String.fromCharCode(entry.key[1] ?? 0)) {
    case 'g':
      return void decodePresence(entry);
    case 'e':
      return void decodeEpoch(entry);
    case 'l':
      return void decodeLease(entry);
    case 't':
      return void decodeTerm(entry);
    default:
      return void decodeTombstone(entry);
  }
}
