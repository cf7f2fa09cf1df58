/**
 * The step from a request that is authorized to the input of its operation: refuses what the operation would drop, and
 * parses the rest. A step that needs nothing of the store is not waited for: most need nothing, and a wait costs more
 * than the step. Leaves out what a row parses (`../operations`).
 */
import type { AnyOperation, OperationContext } from '../operation-row/operation-row.js';
import { refusePublicAcl } from '../operations/reading/refuse-public-grant.js';
import { refuseExtensionHeaders } from '../operations/reading/refused-headers.js';
import { refuseUnreadProtection } from '../operations/reading/unread-protection.js';
import type { IdentifiedRequest } from '../request/identified-request.js';
import { refusalBehindTarget } from './order-of-checks.js';

/**
 * Reads what an operation works on.
 * @returns The row's input.
 * @throws {OssError} What the head or the body is refused with, by the promise.
 * @throws {StoreFailure} `no-such-upload`, by the promise.
 */
export async function readInput(
  row: AnyOperation,
  request: IdentifiedRequest,
  context: OperationContext,
): Promise<unknown> {
  try {
    refuseExtensionHeaders(request, row);
    const protection = refuseUnreadProtection(request, row.unwrap === undefined ? 'header' : 'field');
    if (protection !== undefined) await protection;
    const parsed = row.parse(request, context);
    const input = parsed instanceof Promise ? await parsed : parsed;
    const grants = refusePublicAcl(row, request, context);
    if (grants !== undefined) await grants;
    return input;
  } catch (thrown) {
    throw await refusalBehindTarget(thrown, row, request, context);
  }
}
