/** CopyObject: makes an object of another one; its bytes do not pass here. `transfer/copy.ts` copies any length. */
import {
  COPY_SOURCE_CONDITION_PREFIX,
  type CopySource,
  formatCopySource,
  parseCopyObjectResult,
} from '@annals/protocol';
import { pickCallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { optionalHeader, readCrc64 } from '../../connection/response-headers.js';
import { type ChangeConditions, conditionHeaders, hasConditions, type MatchConditions } from './conditions.js';
import { attributeHeaders, contentHeaders, type ObjectAttributes } from './object-attributes.js';
import { nameTarget, type ObjectTarget, type VersionResult } from './object-target.js';

/** Where a copy comes from and what it becomes. Without attributes it keeps those of the source, ACL excepted. */
export interface CopyObjectInput extends ObjectTarget, ObjectAttributes {
  /** An object, or one version of it. */
  readonly source: CopySource;
  /** Of the source. */
  readonly sourceConditions?: MatchConditions & ChangeConditions;
  /**
   * The copy has exactly the content attributes of this call (type, metadata and the like). Default: true if one of
   * them is given, otherwise the copy has those of the source. A copy onto itself always replaces them.
   */
  readonly replaceAttributes?: boolean;
  /** Refuse to replace an object that exists. Default false. */
  readonly forbidOverwrite?: boolean;
}

/** The copy. */
export interface CopyObjectResult extends VersionResult {
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly lastModifiedAtMs: number;
  /** Of the copy's bytes; `undefined` when the server does not tell. */
  readonly crc64: bigint | undefined;
  /** The version that was copied. */
  readonly sourceVersionId?: string;
}

/**
 * Copies an object whole or not at all. Tags that are given replace those of the source.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchBucket`, `PreconditionFailed`, `FileAlreadyExists` with
 * `forbidOverwrite` or onto an appendable object, `EntityTooLarge` (more than 5 GiB).
 */
export async function copyObject(connection: Connection, input: CopyObjectInput): Promise<CopyObjectResult> {
  const action = `copy ${nameTarget(input.source)} to ${nameTarget(input)}`;
  const { source, sourceConditions = {}, forbidOverwrite = false, bucket, key } = input;
  const isNew = forbidOverwrite || hasConditions(sourceConditions);
  return connection.sendForDocument(
    {
      ...pickCallOptions(input),
      ...{ bucket, key, action, method: 'PUT' },
      // The copy that was made may itself be what forbids the second: the source is another then.
      repeat: isNew ? 'when-not-applied' : 'always',
      headers: {
        ...attributeHeaders(input),
        ...copySourceHeaders(source, sourceConditions),
        ...(replacesAttributes(input) && { 'x-oss-metadata-directive': 'REPLACE' }),
        ...(input.tags !== undefined && { 'x-oss-tagging-directive': 'Replace' }),
        ...(forbidOverwrite && { 'x-oss-forbid-overwrite': 'true' }),
      },
    },
    (document, headers) => {
      const { etag, lastModifiedMs } = parseCopyObjectResult(document);
      return {
        etag,
        lastModifiedAtMs: lastModifiedMs,
        crc64: readCrc64(headers),
        ...optionalHeader(headers, 'x-oss-version-id', 'versionId'),
        ...optionalHeader(headers, 'x-oss-copy-source-version-id', 'sourceVersionId'),
      };
    },
  );
}

/** Writes where a copy comes from, and in which state that must be. */
export function copySourceHeaders(
  source: CopySource,
  conditions: MatchConditions & ChangeConditions,
): Record<string, string> {
  return {
    'x-oss-copy-source': formatCopySource(source),
    ...conditionHeaders(conditions, COPY_SOURCE_CONDITION_PREFIX),
  };
}

function replacesAttributes(input: CopyObjectInput): boolean {
  return input.replaceAttributes ?? Object.keys(contentHeaders(input)).length > 0;
}
