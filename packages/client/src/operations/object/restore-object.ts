/** RestoreObject: makes an archived object readable for some days. */
import { contentMd5Of, type RestoreTier, renderRestoreRequest } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { optionalHeader } from '../../connection/response-headers.js';
import { nameTarget, type VersionResult, type VersionTarget, versionQuery } from './object-target.js';

/** The object to restore. */
export interface RestoreObjectInput extends VersionTarget {
  /** How long it stays readable, 1 to 365. Default: the server's, 1. */
  readonly days?: number;
  /** How soon; only of the cold archive classes. */
  readonly tier?: RestoreTier;
}

/** What the server does about it. */
export interface RestoreObjectResult extends VersionResult {
  /** The object is readable already; otherwise it is being restored, and `headObject` tells when it is there. */
  readonly isRestored: boolean;
}

/**
 * Asks for an object to be restored; asking again lengthens the time.
 * @throws {OssServiceError} `OperationNotSupported` (not archived), `RestoreAlreadyInProgress`, `NoSuchKey`.
 */
export async function restoreObject(connection: Connection, input: RestoreObjectInput): Promise<RestoreObjectResult> {
  const { days, tier } = input;
  const document =
    days === undefined && tier === undefined
      ? ''
      : renderRestoreRequest({ ...(days !== undefined && { days }), ...(tier !== undefined && { tier }) });
  const { response } = await connection.sendForHeaders({
    ...input,
    action: `restore ${nameTarget(input)}`,
    method: 'POST',
    query: [['restore', ''], ...versionQuery(input)],
    headers: document === '' ? {} : { 'content-type': 'application/xml', 'content-md5': contentMd5Of(document) },
    body: document,
    // The second of two may be refused because of the first.
    repeat: 'when-not-applied',
  });
  return {
    isRestored: response.status === 200,
    ...optionalHeader(response.headers, 'x-oss-version-id', 'versionId'),
  };
}
