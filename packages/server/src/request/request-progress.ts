/** How far a request came: for the log, the counters, and what is said to the pages of other origins. */
import type { OperationName, OssError, ResourceAddress } from '@annals/protocol';
import type { Caller } from './caller.js';
import type { IdentifiedRequest } from './identified-request.js';

/** What is known so far; the pipeline fills it in. */
export interface RequestProgress {
  caller?: Caller;
  address?: ResourceAddress;
  /** Bucket that the request seems to name, before it is known who signed what. */
  namedBucket?: string;
  operation?: OperationName;
  /** Whether the operation's body becomes stored bytes, as its row says. */
  isUpload?: boolean;
  /** The request itself, which may have read the row of its bucket. */
  request?: IdentifiedRequest;
  /** Set when the answer is an error. */
  error?: OssError;
  /** Set when another process of this server answered. */
  forwarded?: { readonly accessKeyId?: string; readonly errorCode?: string };
}

/** Notes that a request was identified. */
export function noteIdentified(progress: RequestProgress, request: IdentifiedRequest): void {
  progress.caller = request.caller;
  progress.address = request.sent.address;
  progress.operation = request.operation;
  progress.request = request;
}
