/** The content a body is to become part of, and whether its bytes are encrypted on the way. */
import type { KeyValuePut } from '../../contract/key-value-store.js';
import type { ContentCipher } from '../../encryption/content-cipher.js';
import type { ContentId, Encryption } from '../../vocabulary/encryption.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import type { ObjectRecord } from '../records/version-record.js';
import type { ObjectAttributes } from '../types.js';

/** A content that bytes are written to. */
export interface TargetContent {
  readonly contentId: ContentId;
  /** What its writer asked for, with the key named. Undefined: its bytes lie in the clear. */
  readonly encryption: Encryption | undefined;
  /** There when it is encrypted. */
  readonly cipher: ContentCipher | undefined;
  /** Rows that make it, beside its extents. */
  readonly puts: readonly KeyValuePut[];
}

/**
 * A content that does not exist yet.
 * @throws {EngineFailure} `key-unavailable`.
 */
export async function newContent(context: StoreContext, encryption: Encryption | undefined): Promise<TargetContent> {
  const contentId = newId(context);
  if (encryption === undefined) return { contentId, encryption, cipher: undefined, puts: [] };
  const resolved = context.contentKeys.resolve(encryption);
  const { cipher, put } = await context.contentKeys.create(contentId, resolved);
  return { contentId, encryption: resolved, cipher, puts: [put] };
}

/**
 * The content of an object that grows. One that is in the clear costs no read.
 * @throws {EngineFailure} `key-unavailable`, `corrupt`.
 */
export async function growingContent(context: StoreContext, { contentId, head }: ObjectRecord): Promise<TargetContent> {
  const { encryption } = head;
  const cipher = encryption === undefined ? undefined : await context.contentKeys.open(contentId);
  return { contentId, encryption, cipher, puts: [] };
}

/**
 * @returns The attributes with the key of their encryption named.
 * @throws {EngineFailure} `key-unavailable`.
 */
export function resolveEncryption({ contentKeys }: StoreContext, attributes: ObjectAttributes): ObjectAttributes {
  const { encryption } = attributes;
  return encryption === undefined ? attributes : { ...attributes, encryption: contentKeys.resolve(encryption) };
}

/** Adds what a content is encrypted with to what is known of its object. */
export function encryptionOf({ encryption }: TargetContent): Pick<ObjectAttributes, 'encryption'> {
  return encryption === undefined ? {} : { encryption };
}

/** Tells whether bytes encrypted as `actual` says satisfy who asked for `wanted`. */
export function satisfiesEncryption(wanted: Encryption | undefined, actual: Encryption | undefined): boolean {
  if (wanted === undefined) return true;
  return (
    wanted.algorithm === actual?.algorithm &&
    wanted.keyId === actual.keyId &&
    wanted.dataAlgorithm === actual.dataAlgorithm
  );
}
