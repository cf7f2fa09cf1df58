/**
 * What a copy takes over from its source, and what it does not: ACL, encryption, protection, restoration, seal and the
 * memory of appends stay behind.
 */

import type { ObjectAttributes, ObjectHead, ObjectTarget } from '../types.js';
import type { NewVersion } from '../versions/publish-version.js';
import type { SuccessionState } from '../versions/read-state.js';

/** @returns The head of a copy made at `atMs`. */
export function copiedHead(
  { bucket, key }: ObjectTarget,
  state: SuccessionState,
  source: ObjectHead,
  attributes: ObjectAttributes,
  atMs: number,
): NewVersion['head'] {
  const {
    acl: _acl,
    encryption: _encryption,
    retention: _retention,
    legalHold: _legalHold,
    restore: _restore,
    sealedAtMs: _sealed,
    lastAppend: _last,
    writerEpoch: _epoch,
    ...kept
  } = source;
  return {
    ...kept,
    ...attributes,
    bucket,
    key,
    // Only the object that appends created can grow.
    type: source.type === 'appendable' ? 'normal' : source.type,
    ownerId: state.bucket.record.ownerId,
    createdAtMs: atMs,
    lastModifiedAtMs: atMs,
  };
}
