/**
 * The life of a request: target and signature -> operation -> rights -> turn -> parse -> handle -> render, or
 * renderError from wherever it stops. The signature comes before the operation because it decides between two readings
 * of a target, and before any read of buckets and keys. No step reads the body before the request is authorized;
 * operations open it in parse or handle. The two declared exceptions are the form upload, whose body begins with what
 * other requests have in their head (`unwrap`), and the batch, whose small document names its keys (`bodyPermissions`).
 * Leaves out sockets (`exchange.ts`) and the order of refusals (`order-of-checks.ts`).
 */
import { isAudited } from '../audit/audited-operations.js';
import { authorize } from '../auth/authorize.js';
import { findBucket } from '../bucket-configuration/find-bucket.js';
import { checkBucketRules } from '../bucket-rules/check-bucket-rules.js';
import { showFrom, showToOrigin } from '../bucket-rules/show-to-origin.js';
import { withDetailedCode } from '../error/detailed-codes.js';
import { renderError, toOssError } from '../error/render-error.js';
import type { RequestTurn } from '../limits/admission.js';
import type { AnyOperation } from '../operation-row/operation-row.js';
import { repeatExtensionHeaders } from '../operations/reading/refused-headers.js';
import { tellHeldBack } from '../operations/reading/traffic-limit.js';
import type { IdentifiedRequest } from '../request/identified-request.js';
import type { ReceivedRequest } from '../request/received-request.js';
import { noteIdentified, type RequestProgress } from '../request/request-progress.js';
import type { OperationResponse } from '../response.js';
import { throughWebsite } from '../website/through-website.js';
import { authorizeBody, authorizeHead } from './authorize-request.js';
import { beginBody } from './begin-body.js';
import { findFormSender, findSender } from './find-sender.js';
import { identify, requireRow } from './identify.js';
import { bucketBeforeSender, clockBeforeSender, refusalInOrder } from './order-of-checks.js';
import type { PipelineServices } from './pipeline-services.js';
import { readInput } from './read-input.js';
import { recordOperation } from './record-operation.js';
import { AnswerLostError, render } from './render-answer.js';
import { hasBody, takeTurn } from './take-turn.js';
import { isVisit, welcomePage } from './welcome-page.js';

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
  let response: OperationResponse;
  try {
    response = await answerSender(received, progress, services);
  } catch (thrown) {
    if (thrown instanceof AnswerLostError) throw thrown;
    const error = await clockBeforeSender(withDetailedCode(toOssError(thrown), progress.operation), services);
    progress.error = await bucketBeforeSender(error, received, services);
    response = renderError(progress.error, received);
  }
  const bucket = progress.address?.bucket ?? progress.namedBucket;
  // The operation itself answers a preflight completely.
  if (bucket === undefined || progress.operation === 'OptionObject') return response;
  // An answer to a request without an origin needs only the bucket's row as the request has read it.
  const known = received.headers.has('origin') ? undefined : progress.request;
  if (known?.knownBucket !== undefined) return showFrom(known.knownBucket, response, received);
  return showToOrigin(response, received, () => known?.bucketRecord() ?? findBucket(services.context.store, bucket));
}

/** Finds the sender and the target, and lets the website of the bucket answer where its rules apply. */
async function answerSender(
  received: ReceivedRequest,
  progress: RequestProgress,
  services: PipelineServices,
): Promise<OperationResponse> {
  const { store } = services.context;
  const finding = findSender(received, progress, services);
  const sent = finding instanceof Promise ? await finding : finding;
  progress.caller = sent.caller;
  progress.address = sent.address;
  if (isVisit(sent)) return welcomePage();
  const request = identify(sent, store, services.operations);
  noteIdentified(progress, request);
  return throughWebsite(request, {
    store,
    beginBody,
    carryOut: (asked) => carryOut(asked, progress, services),
    authorizeRead: (asked, key) => authorize(asked, [{ action: 'oss:GetObject', access: 'read', key }], services.facts),
  });
}

/** Carries out a request of a known operation, or refuses it. */
async function carryOut(
  identified: IdentifiedRequest,
  progress: RequestProgress,
  services: PipelineServices,
): Promise<OperationResponse> {
  const row = requireRow(identified, services.operations);
  progress.isUpload = row.isUpload === true;
  let request = identified;
  try {
    const form = findFormSender(row, identified, services);
    if (form instanceof Promise) {
      request = await form;
      noteIdentified(progress, request);
    }
    await authorizeHead(row, request, services);
    const rules = checkBucketRules(request);
    if (rules !== undefined) await rules;
    return await takeTurn(row, request, services, (turn) => perform(row, request, turn, services));
  } catch (thrown) {
    throw await refusalInOrder(thrown, request, row);
  }
}

/**
 * Parse, handle, render: the operation itself. An upload begins its turn when its body has arrived, every other
 * operation before it calls the store.
 */
async function perform(
  row: AnyOperation,
  request: IdentifiedRequest,
  turn: RequestTurn,
  services: PipelineServices,
): Promise<OperationResponse> {
  const { context, facts, audit } = services;
  const isUpload = row.isUpload === true && hasBody(request);
  if (isUpload || row.mayWait) request.turn = turn;
  const input = await readInput(row, request, context);
  const rights = authorizeBody(row, input, request, services);
  if (rights !== undefined) await rights;
  const beginning = isUpload ? undefined : turn.begin(0);
  if (beginning !== undefined) await beginning;
  const handle = (): Promise<unknown> =>
    row.handle(input, context, request, (permission) => authorize(request, [permission], facts, row.makesBucket));
  const output = isAudited(row, request) ? await recordOperation(request, audit, handle) : await handle();
  const rendering = render(row, output, input, request, context);
  // Most answers are there at once.
  const rendered = rendering instanceof Promise ? await rendering : rendering;
  const response = repeatExtensionHeaders(rendered, request);
  return beginBody(tellHeldBack(response, request), request.method);
}
