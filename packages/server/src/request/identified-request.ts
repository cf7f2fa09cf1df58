/**
 * A request of which it is known who sent it, what it addresses and which operation it means. It is composed of these;
 * nothing is copied out of them. Leaves out finding them (`../http/find-sender.ts`, `../http/identify.ts`).
 */
import {
  type OperationName,
  type Query,
  type RequestTarget,
  type ResourceAddress,
  withoutEmptyOptions,
} from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';
import type { RequestTurn } from '../limits/admission.js';
import type { TransferPace } from '../limits/transfer-rates.js';
import type { Caller } from './caller.js';
import type { OperationRequest } from './operation-request.js';
import type { ReceivedRequest } from './received-request.js';
import type { RequestBody } from './request-body.js';
import { requireBucket } from './request-target.js';

/** A request whose sender is known. */
export interface SentRequest {
  readonly received: ReceivedRequest;
  /** Every reading of what it addresses, and its query. */
  readonly target: RequestTarget;
  /** The reading that is meant. */
  readonly address: ResourceAddress;
  readonly caller: Caller;
}

/** What an operation reads of a request where that is not what the wire brought. */
export interface RequestContent {
  readonly headers?: ReadonlyMap<string, string>;
  readonly body?: RequestBody;
}

/** A request, composed of what was received, the address, the caller and the operation. */
export class IdentifiedRequest implements OperationRequest {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: RequestBody;
  declare turn?: RequestTurn;
  declare pace?: TransferPace;
  declare heldBackMs?: number;
  readonly #store: Pick<ObjectStore, 'getBucket'>;
  #bucketRecord: Promise<BucketRecord> | undefined;
  #knownBucket: BucketRecord | undefined;

  /**
   * @param store Read for the bucket once, at first use.
   * @param content Read in place of the received headers and body.
   */
  constructor(
    readonly sent: SentRequest,
    readonly operation: OperationName,
    store: Pick<ObjectStore, 'getBucket'>,
    content?: RequestContent,
  ) {
    const { received } = sent;
    this.headers = content?.headers ?? withoutEmptyOptions(received.headers);
    this.body = content?.body ?? received.body;
    this.#store = store;
  }

  get id(): string {
    return this.sent.received.id;
  }

  get method(): string {
    return this.sent.received.method;
  }

  get host(): string {
    return this.sent.received.host;
  }

  get bucket(): string | undefined {
    return this.sent.address.bucket;
  }

  get key(): string | undefined {
    return this.sent.address.key;
  }

  get query(): Query {
    return this.sent.target.query;
  }

  get caller(): Caller {
    return this.sent.caller;
  }

  get isSecure(): boolean {
    return this.sent.received.isSecure;
  }

  /** In a host-style request the path is the key alone. */
  get isPathStyle(): boolean {
    const { bucket, key } = this.sent.address;
    const { path } = this.sent.target;
    return bucket !== undefined && path !== '/' && path !== `/${key ?? ''}`;
  }

  get clientAddress(): string {
    return this.sent.received.clientAddress;
  }

  get receivedAtMs(): number {
    return this.sent.received.receivedAtMs;
  }

  /** Made only when it is needed: making one costs more than the rest of this. */
  get signal(): AbortSignal {
    return this.sent.received.signal;
  }

  /** The row of the bucket if it has been read; asking reads nothing. */
  get knownBucket(): BucketRecord | undefined {
    return this.#knownBucket;
  }

  bucketRecord(): Promise<BucketRecord> {
    this.#bucketRecord ??= this.#readBucket();
    return this.#bucketRecord;
  }

  async #readBucket(): Promise<BucketRecord> {
    this.#knownBucket = await this.#store.getBucket(requireBucket(this));
    return this.#knownBucket;
  }
}
