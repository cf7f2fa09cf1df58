/** A request as operations see it. Leaves out what it is made of (`identified-request.ts`). */
import type { OperationName, Query } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import type { RequestTurn } from '../limits/admission.js';
import type { TransferPace } from '../limits/transfer-rates.js';
import type { Caller } from './caller.js';
import type { RequestBody } from './request-body.js';

/** An authenticated request, decoded, before anything of it is interpreted. */
export interface OperationRequest {
  /** 24 upper-case hex digits. */
  readonly id: string;
  readonly operation: OperationName;
  readonly method: string;
  /** Host header as sent, for HostId. */
  readonly host: string;
  /** Validated name; `undefined` at service scope. */
  readonly bucket: string | undefined;
  /** Raw (decoded) key; `undefined` at service and bucket scope. */
  readonly key: string | undefined;
  readonly query: Query;
  /** Lower-case names; duplicates joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly caller: Caller;
  /** Whether the client's connection is encrypted, to here or to a trusted proxy. */
  readonly isSecure: boolean;
  /** Whether the bucket was named in the path and not in the host. */
  readonly isPathStyle?: boolean;
  /**
   * IP address of the client, `unknown` when a trusted proxy does not name it: limits, policies and logs use this
   * address. IPv4 in its own notation, IPv6 as short as it can be.
   */
  readonly clientAddress: string;
  readonly receivedAtMs: number;
  readonly body: RequestBody;
  /** Of an upload: begins when its body is here. Of an operation that may wait: has begun. */
  turn?: RequestTurn;
  /** Of an upload that is slowed: by the rates of its bucket and its user. */
  pace?: TransferPace;
  /** Of a request with a traffic limit: how long its transfer was held back, or will be. */
  heldBackMs?: number;
  /** Aborted when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
  /**
   * Row of the request's bucket: one read, however many ask.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  bucketRecord(): Promise<BucketRecord>;
}
