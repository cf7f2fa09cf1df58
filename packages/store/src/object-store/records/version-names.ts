/** The ids in the row of a version, for those who need nothing else of it. */
import { decodeBinaryObject, isBinaryObject } from './binary-object-row.js';
import { fields, idText, optional } from './checks.js';
import { decodeJsonRow } from './row-decoder.js';

/** Absent: a delete marker has no content, most keys have no earlier versions, and bytes in a row are in no content. */
export interface VersionNames {
  readonly contentId?: string;
  readonly referenceId?: string;
  readonly keyId?: string;
}

const namesCheck = fields<VersionNames>({
  contentId: optional(idText),
  referenceId: optional(idText),
  keyId: optional(idText),
});

/**
 * Reads the row of a current version or delete marker, or of an earlier one.
 * @throws {EngineFailure} `corrupt` when the row is not what was once written.
 */
export function readVersionNames(rowKey: Uint8Array, value: Uint8Array): VersionNames {
  if (!isBinaryObject(value)) return decodeJsonRow(value, namesCheck, () => rowKey);
  const context = {
    bucket: '',
    key: '',
    versionIdDefault: undefined,
    rowKey: () => rowKey,
    earlierSequence: undefined,
  };
  const { body, contentId, referenceId, place } = decodeBinaryObject(context, value);
  return {
    ...(body === undefined && { contentId, referenceId }),
    ...(place?.keyId !== undefined && { keyId: place.keyId }),
  };
}
