/**
 * The order in which a request is refused, the same for every operation:
 *
 * 1. what cannot be parsed at all: its head, its target, its signature's form, a position that is no number, a document
 *    that is not well-formed, a form and its policy where that is none;
 * 2. whether its bucket exists, which is said before who asks;
 * 3. who asks: keys and signature, then rights;
 * 4. rules of the bucket: referer, payment;
 * 5. whether the upload exists that it is about, before its body is looked at and what the head says of the body;
 * 6. values: of headers, parameters and documents;
 * 7. the state of what it is about.
 *
 * Steps run in the order in which they are cheap (`pipeline.ts`); this is where a refusal of a later step gives way to
 * one of an earlier. Leaves out requests that cannot be read at all (`exchange.ts`).
 */
import { isBucketName, OssError, type ResourceAddress } from '@annals/protocol';
import { EngineFailure, isFailure, StoreFailure } from '@annals/store';
import { findBucket } from '../bucket-configuration/find-bucket.js';
import { toOssError } from '../error/render-error.js';
import type { AnyOperation, OperationContext } from '../operation-row/operation-row.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { ReceivedRequest } from '../request/received-request.js';
import { readTarget } from './find-sender.js';
import { operationOf } from './identify.js';
import type { PipelineServices } from './pipeline-services.js';

/** Refusals of bodies that could not be read, whatever would have been in them. */
const UNREADABLE_CODES: ReadonlySet<string> = new Set([
  'BadRequest',
  'FieldItemTooLong',
  'IncompleteBody',
  'IncorrectNumberOfFilesInPOSTRequest',
  'MalformedPOSTRequest',
  'MaxPOSTPreDataLengthExceededError',
  'MissingContentLength',
  'RequestIsNotMultiPartContent',
  'RequestTimeout',
]);

/** Of a request, what its place in the order depends on. */
export interface OrderedRequest {
  readonly bucket: string | undefined;
  /** @throws {StoreFailure} `no-such-bucket`. */
  bucketRecord(): Promise<unknown>;
}

/**
 * Gives the refusal that goes before another one.
 * @param thrown What a step threw.
 * @param row Of the request's operation.
 * @returns `no-such-bucket` where the request's bucket is not there and `thrown` could not be told without it;
 * otherwise `thrown`.
 */
export async function refusalInOrder(
  thrown: unknown,
  request: OrderedRequest,
  { makesBucket, anonymous }: Pick<AnyOperation, 'makesBucket' | 'anonymous'>,
): Promise<unknown> {
  // Such a row needs no bucket to be there: it makes one, or says nothing of it.
  if (request.bucket === undefined || makesBucket !== undefined || anonymous === 'always') return thrown;
  if (!(thrown instanceof OssError || isFailure(thrown))) return thrown;
  const { status, code, isUnreadable } = toOssError(thrown);
  if (status >= 500 || isUnreadable || UNREADABLE_CODES.has(code)) return thrown;
  try {
    await request.bucketRecord();
    return thrown;
  } catch (missing) {
    return missing instanceof StoreFailure && missing.reason.kind === 'no-such-bucket' ? missing : thrown;
  }
}

/**
 * Gives the refusal that goes before one of what a request says: that what it is about is not there. Of a request that
 * is not refused the store finds out.
 * @param thrown What is wrong with the request.
 * @returns `thrown`.
 * @throws {StoreFailure} `no-such-upload`, by the promise.
 */
export async function refusalBehindTarget(
  thrown: unknown,
  row: AnyOperation,
  request: OperationRequest,
  context: OperationContext,
): Promise<unknown> {
  await row.requireTarget?.(request, context);
  return thrown;
}

/** What a request is told whose times do not fit to the clock of this machine. */
const TIME_CODES: ReadonlySet<string> = new Set(['RequestTimeTooSkewed', 'SecurityTokenExpired', 'AccessDenied']);

/**
 * Gives the refusal that goes before one for the time of a request: that it is the clock of this machine that is wrong,
 * which an engine knows that several machines share. It is for later then, and no other machine would have said it.
 * @returns `ServiceUnavailable`, or `error`.
 */
export async function clockBeforeSender(error: OssError, { context }: PipelineServices): Promise<OssError> {
  if (!TIME_CODES.has(error.code)) return error;
  try {
    await context.store.listBuckets({ prefix: '', after: '', limit: 1 });
    return error;
  } catch (thrown) {
    const isClock = thrown instanceof EngineFailure && thrown.reason.kind === 'unavailable';
    return isClock && thrown.reason.because === 'clock-wrong' ? toOssError(thrown) : error;
  }
}

/** What a request with an unknown key or a wrong signature is told. */
const STRANGER_CODES: ReadonlySet<string> = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch']);

/**
 * Gives the refusal that goes before one of the sender. Whether a bucket exists is said before who asks: programs that
 * look for a bucket with keys of another account must get the answer that there is none. Making one is the exception.
 * @returns `NoSuchBucket` where the bucket is not there; otherwise `error`.
 */
export async function bucketBeforeSender(
  error: OssError,
  received: ReceivedRequest,
  services: PipelineServices,
): Promise<OssError> {
  if (!STRANGER_CODES.has(error.code)) return error;
  const target = readTarget(received, services);
  const buckets: string[] = [];
  for (const address of target.candidates) {
    if (address.bucket === undefined || !isBucketName(address.bucket)) return error;
    if ((await findBucket(services.context.store, address.bucket)) !== undefined) return error;
    // Making one takes a name that is free.
    if (makesBucket(received, target, address, services)) return error;
    buckets.push(address.bucket);
  }
  const [bucket] = buckets;
  return bucket === undefined ? error : new OssError('NoSuchBucket', { details: { BucketName: bucket }, cause: error });
}

function makesBucket(
  received: ReceivedRequest,
  target: ReturnType<typeof readTarget>,
  address: ResourceAddress,
  { operations }: PipelineServices,
): boolean {
  try {
    const row = operations[operationOf(received, target, address)];
    return row !== undefined && 'makesBucket' in row;
  } catch {
    return false;
  }
}
