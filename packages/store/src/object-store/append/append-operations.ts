/** What a server may do to growing objects for a client. Each method is one file of the same name. */

import type { AppendInput, AppendResult, ConvertInput, SealInput } from '../append-types.js';
import type { StoreContext } from '../context/store-context.js';
import type { BodySource, ObjectHead } from '../types.js';
import { appendObject } from './append-object.js';
import { AppendQueues } from './append-queues.js';
import { convertObject } from './convert-object.js';
import { sealObject } from './seal-object.js';

/**
 * What a server may do to growing objects for a client. Every method throws `StoreFailure`: those named with it, and
 * `contended`; and `EngineFailure`.
 */
export interface AppendOperations {
  /**
   * Appends a body at the end of an appendable object, creating it at position 0. One commit, whose cost depends on
   * neither the object's length nor on the number of appends before. All or nothing; of concurrent appends at one
   * position exactly one wins. An empty body creates an empty object or changes nothing but the ACL, if one is given.
   * @throws {StoreFailure} in this order: `no-such-bucket`, `not-appendable`, `append-id-conflict`, `writer-fenced`,
   *   `sealed`, `immutable`, `position-mismatch`, `guard-exceeded`, `too-large`, `digest-mismatch`; and whatever the
   *   body's stream throws.
   */
  appendObject(input: AppendInput, body: BodySource): Promise<AppendResult>;
  /**
   * Ends an appendable object: no append is accepted any more. Idempotent; the time of the first seal is kept.
   * @returns The head, with `sealedAtMs`.
   * @throws {StoreFailure} in this order: `no-such-bucket`, `no-such-key`, `not-sealable`, `position-mismatch` (also
   * when sealed already).
   */
  sealObject(input: SealInput): Promise<ObjectHead>;
  /**
   * Changes the type of an object in place; one commit, which moves no bytes. Metadata, ACL, tags, CRC-64 and version
   * id stay; the etag takes the new type's form. To `normal`, the bytes are read once for their MD5, and ids and epoch
   * are forgotten. Of that type already: nothing is changed.
   * @throws {StoreFailure} in this order: `no-such-bucket`, `no-such-key`, what `input.check` throws, `not-appendable`
   *   for a link, `sealed`, `immutable`, `object-worm`, `too-large`, `archived`, `nested-too-deep`.
   */
  convertObject(input: ConvertInput): Promise<ObjectHead>;
}

/** @returns The operations over one open store. */
export function appendOperations(context: StoreContext): AppendOperations {
  const queues = new AppendQueues(context);
  return {
    appendObject: (input, body) => appendObject(context, queues, input, body),
    sealObject: (input) => sealObject(context, input),
    convertObject: (input) => convertObject(context, input),
  };
}
