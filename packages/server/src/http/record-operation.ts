/**
 * Records an operation that changes rules: who asks for what before it is done, and what became of it. Leaves out which
 * those are (`../audit`).
 */
import { createHash } from 'node:crypto';
import { REQUEST_HEADERS } from '@annals/protocol';
import { actorOf } from '../audit/actor-of.js';
import type { AuditIntent, AuditTrail } from '../audit/audit-trail.js';
import { toOssError } from '../error/render-error.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { RequestBody } from '../request/request-body.js';

/**
 * A body that remembers the digest of the document that was read from it: the log says which rules were set without
 * holding them.
 */
export class DigestedBody implements RequestBody {
  readonly length: number | undefined;
  readonly announced: boolean;
  readonly #body: RequestBody;
  #document: { readonly lengthBytes: number; readonly sha256: string } | undefined;

  constructor(body: RequestBody) {
    this.#body = body;
    this.length = body.length;
    this.announced = body.announced;
  }

  /** Of the document, once it was read. */
  get document(): { readonly lengthBytes: number; readonly sha256: string } | undefined {
    return this.#document;
  }

  open(): AsyncIterable<Uint8Array> {
    return this.#body.open();
  }

  async readAll(lengthMax: number, tooLarge: () => Error): Promise<Uint8Array> {
    const bytes = await this.#body.readAll(lengthMax, tooLarge);
    this.#document = { lengthBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    return bytes;
  }
}

/** Headers that say what is set where no document does. */
const TOLD_HEADERS = [
  REQUEST_HEADERS.acl,
  REQUEST_HEADERS.objectAcl,
  REQUEST_HEADERS.objectWormLegalHold,
  REQUEST_HEADERS.objectWormMode,
  REQUEST_HEADERS.objectWormRetainUntil,
  REQUEST_HEADERS.bypassGovernance,
] as const;

/**
 * Carries a change out between its two records.
 * @throws {OssError} `ServiceUnavailable` when it cannot be recorded, and then nothing was done; what `handle` throws.
 */
export function recordOperation<Output>(
  request: OperationRequest,
  audit: AuditTrail,
  handle: () => Promise<Output>,
): Promise<Output> {
  return audit.around(intentOf(request), handle, (error) => toOssError(error).code);
}

/** Records that a caller had no right to a change. */
export function recordRefusal(request: OperationRequest, audit: AuditTrail, error: unknown): Promise<void> {
  return audit.refused(intentOf(request), toOssError(error).code);
}

function intentOf(request: OperationRequest): AuditIntent {
  const { operation, bucket, key, query, headers, body, caller, clientAddress, id } = request;
  const versionId = query.get('versionId');
  const told = TOLD_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const document = body instanceof DigestedBody ? body.document : undefined;
  const detail = {
    ...(versionId !== undefined && { versionId }),
    ...Object.fromEntries(told),
    ...(document !== undefined && { document }),
  };
  const resource = bucket === undefined ? '*' : key === undefined ? bucket : `${bucket}/${key}`;
  return {
    action: `oss:${operation}`,
    resource: `acs:oss:*:${caller.accountId || '*'}:${resource}`,
    actor: actorOf(caller),
    sourceAddress: clientAddress,
    requestId: id,
    ...(Object.keys(detail).length > 0 && { detail }),
  };
}
