/** A request as it came over the wire, before it is known who sent it and what it means. */
import type { RequestBody } from './request-body.js';

/** A request whose head is in and well-formed. */
export interface ReceivedRequest {
  /** 24 upper-case hex digits. */
  readonly id: string;
  readonly method: string;
  /** Target of the request line, undecoded. */
  readonly target: string;
  /** Host header as sent, or what stands for it. */
  readonly host: string;
  /** Lower-case names; duplicates joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** As signatures see them; see `RequestHead`. */
  readonly wireHeaders: ReadonlyMap<string, string>;
  readonly isSecure: boolean;
  readonly clientAddress: string;
  readonly receivedAtMs: number;
  readonly body: RequestBody;
  /** Aborted when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
}
