/** HeadObject: everything known of an object but its bytes. */
import type { Connection } from '../../connection/connection.js';
import { required } from '../../connection/response-headers.js';
import { type ChangeConditions, conditionHeaders, type MatchConditions } from './conditions.js';
import { unlessUnchanged } from './get-object.js';
import { type ObjectHead, readObjectHead } from './object-head.js';
import { nameTarget, type VersionTarget, versionQuery } from './object-target.js';

/** The object to look at. */
export interface HeadObjectInput extends VersionTarget, MatchConditions {}

/** As `ObjectHead`, with the length certain. */
export interface HeadObjectResult extends ObjectHead {
  readonly length: number;
}

/**
 * Looks at an object. What it reports is durable.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchBucket`, `NoSuchVersion`, `PreconditionFailed`.
 */
export async function headObject(
  connection: Connection,
  input: HeadObjectInput & ChangeConditions,
): Promise<HeadObjectResult> {
  const action = `look at ${nameTarget(input)}`;
  const { response } = await connection.sendForHeaders({
    ...input,
    action,
    method: 'HEAD',
    query: versionQuery(input),
    headers: conditionHeaders(input),
  });
  const head = readObjectHead(response.headers);
  return { ...head, length: required(head.length, 'Content-Length', action, 'not-applied') };
}

/**
 * Looks at an object that may be another than the one that is known.
 * @returns `undefined` when it is the one that is known.
 * @throws As `headObject`.
 */
export function headObjectIfChanged(
  connection: Connection,
  input: HeadObjectInput & ChangeConditions,
): Promise<HeadObjectResult | undefined> {
  return unlessUnchanged(headObject(connection, input));
}
