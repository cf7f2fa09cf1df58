/**
 * A request's turn at the store and its share of requests and bytes a second. Leaves out the queues and the rates
 * themselves (`../limits`).
 */
import type { RequestTurn } from '../limits/admission.js';
import type { Flow } from '../limits/fair-queue.js';
import type { AnyOperation } from '../operation-row/operation-row.js';
import { principalArn } from '../policy/principal.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { OperationResponse } from '../response.js';
import { paceAnswer } from './pace-answer.js';
import type { PipelineServices } from './pipeline-services.js';

/**
 * Carries a request out when it is its turn.
 * @param perform What is done; given the turn, which an upload begins when its body is here.
 * @returns What `perform` gives, at the pace that the bucket and the user have.
 * @throws {OssError} `ServiceUnavailable` where too many wait; what `perform` throws.
 */
export async function takeTurn(
  row: AnyOperation,
  request: OperationRequest,
  { rates, transfers, admission }: Pick<PipelineServices, 'rates' | 'transfers' | 'admission'>,
  perform: (turn: RequestTurn) => Promise<OperationResponse>,
): Promise<OperationResponse> {
  const names = rateNamesOf(request);
  rates.take(names);
  const pace = transfers.paceOf(names);
  const turn = admission.admit(flowOf(request));
  if (pace !== undefined && hasBody(request)) {
    transfers.begin(pace, request.body.length);
    // Documents are read whole, and short: they are counted, and wait for nothing.
    if (row.isUpload === true) request.pace = pace;
  }
  let response: OperationResponse;
  try {
    response = await perform(turn);
  } finally {
    turn.end();
  }
  return pace === undefined ? response : paceAnswer(response, pace, request, transfers);
}

/** Tells whether a request brings a body. */
export function hasBody({ body }: OperationRequest): boolean {
  return body.announced && body.length !== 0;
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
