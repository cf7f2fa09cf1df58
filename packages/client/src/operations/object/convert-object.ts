/** ConvertObject, an extension of Annals: makes an object appendable, or an appendable one normal, in place. */
import { unquoteEtag } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { optionalHeader, readLength, required } from '../../connection/response-headers.js';
import { AnnalsError, OssServiceError } from '../../error.js';
import { conditionHeaders, hasConditions, type MatchConditions } from './conditions.js';
import { nameTarget, type ObjectTarget, type VersionResult } from './object-target.js';

/** The object to convert. */
export interface ConvertObjectInput extends ObjectTarget, MatchConditions {
  /** What it becomes. */
  readonly type: 'appendable' | 'normal';
}

/** The object afterwards. */
export interface ConvertObjectResult extends VersionResult {
  readonly etag: string;
  /** Where the next append must begin, in bytes; only of an appendable object. */
  readonly nextPosition?: number;
}

/**
 * Converts an object. Its bytes, metadata, ACL, tags and version id stay.
 * @throws {OssServiceError} `NoSuchKey`, `AppendSealedObjectNotAllowed`, `FileImmutable`, `ObjectNotAppendable` (a
 * link), `PreconditionFailed`.
 * @throws {AnnalsError} `ExtensionMissing` where the server does not know how.
 */
export async function convertObject(connection: Connection, input: ConvertObjectInput): Promise<ConvertObjectResult> {
  const action = `make ${nameTarget(input)} ${input.type}`;
  const { headers } = await sendConversion(connection, input, action);
  const nextPosition = readLength(headers, 'x-oss-next-append-position');
  // A server that does not know the sub-resource may have taken the request for another one.
  if (input.type === 'appendable') required(nextPosition, 'x-oss-next-append-position', action, 'applied');
  return {
    etag: unquoteEtag(required(headers.get('etag'), 'ETag', action, 'applied')),
    ...(nextPosition !== undefined && { nextPosition }),
    ...optionalHeader(headers, 'x-oss-version-id', 'versionId'),
  };
}

async function sendConversion(connection: Connection, input: ConvertObjectInput, action: string): Promise<Response> {
  try {
    const { response } = await connection.sendForHeaders({
      ...input,
      action,
      method: 'POST',
      query: [
        ['convert', ''],
        ['type', input.type],
      ],
      headers: conditionHeaders(input),
      body: new Uint8Array(0),
      // Of the same type already it changes nothing; but the etag that is asked for may be that of before.
      repeat: hasConditions(input) ? 'when-not-applied' : 'always',
    });
    return response;
  } catch (error) {
    const isUnknown = error instanceof OssServiceError && UNKNOWN_OPERATION_CODES.has(error.code);
    if (!isUnknown) throw error;
    throw new AnnalsError('ExtensionMissing', `Cannot ${action}: the server does not know how to convert objects`, {
      outcome: error.outcome,
      cause: error,
    });
  }
}

/** What servers say of a POST that they do not know. */
const UNKNOWN_OPERATION_CODES: ReadonlySet<string> = new Set(['MethodNotAllowed', 'NotImplemented']);
