/**
 * The last step of a request: its outcome as an answer. Leaves out what the answer says, which is the row's to know.
 */
import type { AnyOperation, OperationContext } from '../operation-row/operation-row.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { OperationResponse } from '../response.js';

/**
 * Something was changed and then could not be told: the outcome must not look like a failure, so there is no answer at
 * all.
 */
export class AnswerLostError extends Error {
  constructor(cause: unknown) {
    super('The request took effect, but its answer could not be rendered', { cause });
    this.name = 'AnswerLostError';
  }
}

/**
 * Renders an outcome. After `handle` a write is durable: from here on nothing may turn it into an error.
 * @throws {AnswerLostError} Where a change cannot be told; of a read, what the row throws. By the promise, where the
 *   answer is long.
 */
export function render(
  row: AnyOperation,
  output: unknown,
  input: unknown,
  request: OperationRequest,
  context: OperationContext,
): OperationResponse | Promise<OperationResponse> {
  const lose = (cause: unknown): never => {
    if (request.method === 'GET' || request.method === 'HEAD') throw cause;
    throw new AnswerLostError(cause);
  };
  try {
    const response = row.render(output, input, request, context);
    return response instanceof Promise ? response.catch(lose) : response;
  } catch (cause) {
    return lose(cause);
  }
}
