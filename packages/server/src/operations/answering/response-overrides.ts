/**
 * `response-content-type` and its companions: headers of the answer that a signed GET may choose, mostly for links
 * given to browsers.
 */
import { readResponseOverrides as readWireOverrides } from '@annals/protocol';
import type { OperationRequest } from '../../request/operation-request.js';

/**
 * Reads the overrides.
 * @returns Response headers by their exact names, as text; empty without overrides.
 * @throws {OssError} `InvalidRequest` from an anonymous caller, `InvalidArgument` for control characters.
 */
export function readResponseOverrides({ query, caller }: OperationRequest): Readonly<Record<string, string>> {
  const overrides = readWireOverrides(query, caller.kind === 'anonymous');
  // They come as bytes for the wire, and everything a row renders is text, which is made bytes when it is written.
  return Object.fromEntries(
    Object.entries(overrides).map(([name, value]) => [name, Buffer.from(value, 'latin1').toString('utf8')]),
  );
}
