/**
 * The life of a request: target -> signature -> operation -> authorize -> parse -> handle -> render, or renderError from wherever it stops.
 * The signature comes before the operation because with two readings of a target it decides which one is meant, and before
 * any look at buckets and keys. Nobody reads the body before the request is authorized; operations open it in parse or handle.
 * The two declared exceptions are the form upload, whose body begins with what other requests have in their head (`unwrap`), and the batch,
 * whose small document names what it is about (`bodyPermissions`).
 * Leaves out sockets (`exchange.ts`).
 */
import {
  type FormSignature,
  identifyOperation,
  isBucketName,
  type OperationName,
  OssError,
  parseRequestTarget,
  type Query,
  type RequestTarget,
  type ResourceAddress,
  scopeOf,
  validateBucketName,
  validateObjectKey,
  withoutEmptyOptions,
} from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';
import type { AuditTrail } from '../audit/audit-trail.js';
import { AUDITED_OPERATIONS, isAudited } from '../audit/audited-operations.js';
import { type AccessKeyDirectory, ANONYMOUS } from '../auth/access-key-directory.js';
import { authenticate } from '../auth/authenticate.js';
import { authenticateForm } from '../auth/authenticate-form.js';
import { type AuthorizationFacts, authorize, forbiddenToAnonymous } from '../auth/authorize.js';
import { claimedAccessKeyId, type FailedSignatureLimit } from '../auth/failed-signature-limit.js';
import { checkBucketRules, findBucket } from '../bucket-rules/check-bucket-rules.js';
import { showToOrigin } from '../bucket-rules/show-to-origin.js';
import { isHeadOfRoot, visitWebsite } from '../bucket-rules/website.js';
import type { CustomDomainIndex } from '../custom-domains/custom-domain-index.js';
import { withDetailedCode } from '../error/detailed-codes.js';
import { renderError, toOssError } from '../error/render-error.js';
import type { Admission, RequestTurn } from '../limits/admission.js';
import type { Flow } from '../limits/fair-queue.js';
import type { RequestRates } from '../limits/request-rates.js';
import type { TransferPace, TransferRates } from '../limits/transfer-rates.js';
import { heavyTurn } from '../operations/heavy-turn.js';
import type {
  BuiltOperation,
  Caller,
  OperationContext,
  OperationRequest,
  OperationResponse,
  OperationRows,
  RequestBody,
  RequiredPermission,
} from '../operations/operation.js';
import { defaultKeyPermissions } from '../operations/put-object-permissions.js';
import { refuseExtensionHeaders } from '../operations/refused-headers.js';
import { requireBucket } from '../operations/request-target.js';
import { tellHeldBack } from '../operations/traffic-limit.js';
import { refuseUnreadProtection } from '../operations/unread-protection.js';
import { principalArn } from '../policy/principal.js';
import { beginBody } from './begin-body.js';
import { refusalInOrder } from './order-of-checks.js';
import { paceAnswer } from './pace-answer.js';
import { DigestedBody, recordOperation, recordRefusal } from './record-operation.js';

/** A request whose head is in and well-formed. */
export interface ReceivedRequest {
  readonly id: string;
  readonly method: string;
  /** Target of the request line, undecoded. */
  readonly target: string;
  /** Host header as sent, or what stands for it. */
  readonly host: string;
  readonly headers: ReadonlyMap<string, string>;
  /** As signatures see them; see `RequestHead`. */
  readonly wireHeaders: ReadonlyMap<string, string>;
  readonly isSecure: boolean;
  readonly clientAddress: string;
  readonly receivedAtMs: number;
  readonly body: RequestBody;
  readonly signal: AbortSignal;
}

/** How far a request came: for the log and the counters. */
export interface RequestProgress {
  caller?: Caller;
  address?: ResourceAddress;
  /** Bucket that the request seems to name, before it is known who signed what. */
  namedBucket?: string;
  operation?: OperationName;
  /** Row of its bucket: one read, however many ask. */
  bucketRecord?: () => Promise<BucketRecord>;
  /** Set when the answer is an error. */
  error?: OssError;
}

/** A row as the pipeline sees it: it hands on what the row's own steps give each other. */
type AnyOperation = BuiltOperation<OperationName, unknown, unknown>;

/** What requests are answered with. Built once per server. */
export interface PipelineServices {
  /** What is missing is answered as an operation that is not built. */
  readonly operations: Partial<OperationRows>;
  readonly directory: AccessKeyDirectory;
  readonly facts: AuthorizationFacts;
  readonly failures: FailedSignatureLimit;
  readonly context: OperationContext;
  /** Hosts that are no domain of the server's own; without it there are none. */
  readonly domains?: CustomDomainIndex;
  /** Records changes of rules. */
  readonly audit: AuditTrail;
  /** Gives requests their turn at the store. */
  readonly admission: Admission;
  /** Requests a second of buckets and users. */
  readonly rates: RequestRates;
  /** Bytes a second of buckets and users. */
  readonly transfers: TransferRates;
}

/** Something was changed and then could not be told: the outcome must not look like a failure, so there is no answer at all. */
export class AnswerLostError extends Error {
  constructor(cause: unknown) {
    super('The request took effect, but its answer could not be rendered', { cause });
    this.name = 'AnswerLostError';
  }
}

/**
 * Answers a request.
 * @param progress Filled in on the way.
 * @throws {AnswerLostError} Only that; everything else becomes an error answer.
 */
export async function answer(
  received: ReceivedRequest,
  progress: RequestProgress,
  services: PipelineServices,
): Promise<OperationResponse> {
  const response = await answerAnyone(received, progress, services);
  const bucket = progress.address?.bucket ?? progress.namedBucket;
  // To a preflight the operation itself says all.
  if (bucket === undefined || progress.operation === 'OptionObject') return response;
  // An answer to nobody's page needs to know no more than the bucket's row said when the request came.
  const isFromPage = received.headers.has('origin');
  const readBucket =
    (isFromPage ? undefined : progress.bucketRecord) ?? (() => findBucket(services.context.store, bucket));
  return showToOrigin(response, received, readBucket);
}

async function answerAnyone(
  received: ReceivedRequest,
  progress: RequestProgress,
  services: PipelineServices,
): Promise<OperationResponse> {
  const { context, domains } = services;
  try {
    const refreshing = domains?.refresh(received.host);
    if (refreshing !== undefined) await refreshing;
    const target = readTarget(received, services);
    const [candidate] = target.candidates;
    if (candidate?.bucket !== undefined) progress.namedBucket = candidate.bucket;
    // A browser asks before it signs, with the query of the request it asks about: that signature is of another method.
    const { caller, address } =
      received.method === 'OPTIONS'
        ? { caller: ANONYMOUS, address: target.candidates[0] }
        : await services.failures.guard(
            received.clientAddress,
            () => claimedAccessKeyId({ method: received.method, query: target.query, headers: received.wireHeaders }),
            () => authenticate(received, target, services.directory, context.settings),
          );
    progress.caller = caller;
    progress.address = address;
    // Until it is known whether there is a website, the head of a root is asked for as the root itself.
    const mayBePage = isHeadOfRoot({
      method: received.method,
      caller,
      bucket: address.bucket,
      key: address.key,
      query: target.query,
    });
    let addressed = identify(received, target, address, caller, context.store, mayBePage ? 'GET' : received.method);
    const visit = await visitWebsite(addressed, context.store);
    const route = visit?.route();
    if (mayBePage && route === undefined) {
      addressed = identify(received, target, address, caller, context.store, received.method);
    }
    progress.operation = addressed.operation;
    if (addressed.bucket !== undefined) progress.bucketRecord = () => addressed.bucketRecord();
    if (visit === undefined || (mayBePage && route === undefined)) return await carryOut(addressed, progress, services);
    if (route !== undefined && 'redirect' in route) return route.redirect;
    const request =
      route === undefined ? addressed : readInstead(route.key, addressed, received, progress, context.store);
    try {
      return await carryOut(request, progress, services);
    } catch (thrown) {
      const shown = await visit.recover(toOssError(thrown), (key) => authorizeRead(key, request, services));
      if (shown === undefined) throw thrown;
      return await beginBody(shown, received.method);
    }
  } catch (thrown) {
    if (thrown instanceof AnswerLostError) throw thrown;
    const error = withDetailedCode(toOssError(thrown), progress.operation);
    progress.error = await namedAsMissing(error, received, services);
    return renderError(progress.error, received);
  }
}

/** What a request with an unknown key or a wrong signature is told. */
const STRANGER_CODES: ReadonlySet<string> = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch']);

/**
 * Whether a bucket exists is said before who asks: programs that look for a bucket with keys of somebody else must hear that there is none. Making
 * one is the exception.
 */
async function namedAsMissing(
  error: OssError,
  received: ReceivedRequest,
  services: PipelineServices,
): Promise<OssError> {
  if (!STRANGER_CODES.has(error.code)) return error;
  const { candidates, query } = readTarget(received, services);
  const buckets: string[] = [];
  for (const address of candidates) {
    if (address.bucket === undefined || !isBucketName(address.bucket)) return error;
    if ((await findBucket(services.context.store, address.bucket)) !== undefined) return error;
    // Making one takes a name that is free.
    if (makesBucket(received, { query }, address, services.operations)) return error;
    buckets.push(address.bucket);
  }
  const [bucket] = buckets;
  return bucket === undefined ? error : new OssError('NoSuchBucket', { details: { BucketName: bucket }, cause: error });
}

function makesBucket(
  received: ReceivedRequest,
  target: Pick<RequestTarget, 'query'>,
  address: ResourceAddress,
  operations: Partial<OperationRows>,
): boolean {
  try {
    const row = operations[operationOf(received, received.method, target, address)];
    return row !== undefined && 'makesBucket' in row;
  } catch {
    return false;
  }
}

function readTarget({ target, host }: ReceivedRequest, { context, domains }: PipelineServices): RequestTarget {
  return parseRequestTarget({
    target,
    host,
    domains: context.settings.domains,
    ...(domains !== undefined && {
      bucketOfHost: (name: string) => domains.bucketOf(name),
      isMappedHostShared: true,
    }),
  });
}

async function carryOut(
  addressed: OperationRequest,
  progress: RequestProgress,
  services: PipelineServices,
): Promise<OperationResponse> {
  const row = rowOf(addressed, services.operations);
  const request = await unwrap(row, addressed, progress, services);
  try {
    return await carryOutRow(row, request, services);
  } catch (thrown) {
    throw await refusalInOrder(thrown, request, row);
  }
}

async function carryOutRow(
  row: AnyOperation,
  request: OperationRequest,
  services: PipelineServices,
): Promise<OperationResponse> {
  const permissions = row.permissions(request);
  const needsNone = row.anonymous === 'always' || (row.bodyPermissions !== undefined && permissions.length === 0);
  if (!needsNone) {
    await authorizeRecorded(row, request, permissions, services);
    const more = await defaultKeyPermissions(request);
    if (more.length > 0) await authorizeRecorded(row, request, more, services);
  }
  await checkBucketRules(request);
  const names = rateNamesOf(request);
  services.rates.take(names);
  const pace = services.transfers.paceOf(names);
  const turn = services.admission.admit(flowOf(request));
  if (pace !== undefined && hasBody(request)) beginUpload(row, request, pace, services.transfers);
  let response: OperationResponse;
  try {
    response = await takeTurn(row, request, turn, services);
  } finally {
    turn.end();
  }
  return pace === undefined ? response : paceAnswer(response, pace, request, services.transfers);
}

/** Whoever tries to change rules without the right to is in the audit log, too. */
async function authorizeRecorded(
  { anonymous }: AnyOperation,
  request: OperationRequest,
  permissions: readonly RequiredPermission[],
  { facts, audit }: PipelineServices,
): Promise<void> {
  try {
    if (anonymous === 'never' && request.caller.kind === 'anonymous') throw forbiddenToAnonymous();
    await authorize(request, permissions, facts);
  } catch (error) {
    if (isAudited(request)) await recordRefusal(request, audit, error);
    throw error;
  }
}

function hasBody({ body }: OperationRequest): boolean {
  return body.announced && body.length !== 0;
}

/** Documents are read whole, and short: they are counted, and wait for nothing. */
function beginUpload(row: AnyOperation, request: OperationRequest, pace: TransferPace, transfers: TransferRates): void {
  transfers.begin(pace, request.body.length);
  if (row.isUpload === true) request.pace = pace;
}

async function takeTurn(
  row: AnyOperation,
  request: OperationRequest,
  turn: RequestTurn,
  services: PipelineServices,
): Promise<OperationResponse> {
  const { context } = services;
  const isUpload = row.isUpload === true && hasBody(request);
  if (isUpload) request.turn = turn;
  await row.requireTarget?.(request, context);
  refuseExtensionHeaders(request, row);
  await refuseUnreadProtection(request, row.unwrap === undefined ? 'header' : 'field');
  const input = await row.parse(request, context);
  if (row.bodyPermissions !== undefined) {
    await authorizeRecorded(row, request, row.bodyPermissions(input, request), services);
  }
  const beginning = isUpload ? undefined : turn.begin(0);
  if (beginning !== undefined) await beginning;
  const handle = (): Promise<unknown> =>
    row.handle(input, context, request, (permission) => authorize(request, [permission], services.facts));
  const output = isAudited(request) ? await recordOperation(request, services.audit, handle) : await handle();
  if (row.hasLongAnswer === true) await heavyTurn();
  return beginBody(tellHeldBack(render(row, output, input, request, context), request), request.method);
}

function rateNamesOf({ caller, bucket }: OperationRequest): readonly (string | undefined)[] {
  const { principal } = caller;
  return [
    bucket === undefined ? undefined : `bucket ${bucket}`,
    principal.kind === 'user' ? `user ${principal.name}` : undefined,
  ];
}

/** Strangers are told apart by their address. */
function flowOf({ caller, bucket = '', clientAddress }: OperationRequest): Flow {
  const { principal } = caller;
  return { caller: principalArn(principal) ?? `address ${clientAddress}`, bucket };
}

/** The request a website makes of another: the same reader, another key. */
function readInstead(
  key: string,
  request: OperationRequest,
  received: ReceivedRequest,
  progress: RequestProgress,
  store: ObjectStore,
): OperationRequest {
  validateObjectKey(key);
  const { bucket = '', query, caller } = request;
  const operation = request.method === 'HEAD' ? 'HeadObject' : 'GetObject';
  progress.address = { bucket, key };
  progress.operation = operation;
  return new IdentifiedRequest(received, operation, { bucket, key }, query, caller, store);
}

function authorizeRead(key: string, request: OperationRequest, { facts }: PipelineServices): Promise<void> {
  const { bucket } = request;
  const permission = { action: 'oss:GetObject', access: 'read', key, ...(bucket !== undefined && { bucket }) } as const;
  return authorize(request, [permission], facts);
}

/** Finds out what a request whose sender is known asks for. */
function identify(
  received: ReceivedRequest,
  target: RequestTarget,
  address: ResourceAddress,
  caller: Caller,
  store: ObjectStore,
  method: string,
): OperationRequest {
  const { bucket, key } = address;
  const { query } = target;
  const operation = operationOf(received, method, target, address);
  if (bucket !== undefined) validateBucketName(bucket);
  if (key !== undefined) validateObjectKey(key);
  // In a host-style request the path is the key alone.
  const isPathStyle = bucket !== undefined && target.path !== '/' && target.path !== `/${key ?? ''}`;
  return new IdentifiedRequest(received, operation, address, query, caller, store, isPathStyle);
}

/** @throws {OssError} As `identifyOperation`, and `NotImplemented`. */
function operationOf(
  { headers }: ReceivedRequest,
  method: string,
  { query }: Pick<RequestTarget, 'query'>,
  address: ResourceAddress,
): OperationName {
  const operation = identifyOperation({ method, scope: scopeOf(address), query, headers });
  if (operation === 'unknown') throw notImplemented('The requested sub-resource');
  return operation;
}

/** Of a form upload, the fields in front of the file say who asks for what; every other request says so in its head. */
async function unwrap(
  row: AnyOperation,
  request: OperationRequest,
  progress: RequestProgress,
  { directory, failures, context }: PipelineServices,
): Promise<OperationRequest> {
  if (row.unwrap === undefined) return request;
  const { clock, settings } = context;
  const authenticate = (signature: FormSignature) =>
    failures.guard(
      request.clientAddress,
      () => signature.accessKeyId,
      () => authenticateForm(signature, clock(), directory, settings),
    );
  const unwrapped = await row.unwrap(request, { authenticateForm: authenticate, anonymous: ANONYMOUS, clock });
  progress.caller = unwrapped.caller;
  progress.address = { ...progress.address, ...(unwrapped.key !== undefined && { key: unwrapped.key }) };
  return unwrapped;
}

/** What operations get to see of a request. */
class IdentifiedRequest implements OperationRequest {
  readonly id: string;
  readonly method: string;
  readonly host: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly isSecure: boolean;
  readonly clientAddress: string;
  readonly receivedAtMs: number;
  readonly body: RequestBody;
  readonly #received: ReceivedRequest;
  readonly #store: ObjectStore;
  #bucketRecord: Promise<BucketRecord> | undefined;

  constructor(
    received: ReceivedRequest,
    readonly operation: OperationName,
    address: ResourceAddress,
    readonly query: Query,
    readonly caller: Caller,
    store: ObjectStore,
    readonly isPathStyle = false,
  ) {
    this.id = received.id;
    this.method = received.method;
    this.host = received.host;
    this.bucket = address.bucket;
    this.key = address.key;
    this.headers = withoutEmptyOptions(received.headers);
    this.isSecure = received.isSecure;
    this.clientAddress = received.clientAddress;
    this.receivedAtMs = received.receivedAtMs;
    this.body = AUDITED_OPERATIONS.has(operation) ? new DigestedBody(received.body) : received.body;
    this.#received = received;
    this.#store = store;
  }

  bucketRecord(): Promise<BucketRecord> {
    this.#bucketRecord ??= this.#store.getBucket(requireBucket(this));
    return this.#bucketRecord;
  }

  /** Asked for only by those who need it: making one costs more than the rest of this. */
  get signal(): AbortSignal {
    return this.#received.signal;
  }
}

function rowOf(request: OperationRequest, operations: Partial<OperationRows>): AnyOperation {
  const { operation, caller } = request;
  const row = operations[operation];
  if (row !== undefined && row.effect !== 'not built') return row as unknown as AnyOperation;
  if (caller.kind === 'anonymous') throw forbiddenToAnonymous();
  throw notImplemented(`The operation ${operation}`);
}

function notImplemented(subject: string): OssError {
  return new OssError('NotImplemented', { status: 501, message: `${subject} is not implemented.` });
}

/** After `handle` a write is durable: from here on nothing may turn it into an error. */
function render(
  row: AnyOperation,
  output: unknown,
  input: unknown,
  request: OperationRequest,
  context: OperationContext,
): OperationResponse {
  try {
    return row.render(output, input, request, context);
  } catch (cause) {
    if (request.method === 'GET' || request.method === 'HEAD') throw cause;
    throw new AnswerLostError(cause);
  }
}
