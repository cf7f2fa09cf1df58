/**
 * Requester-pays buckets: a caller other than the owner must say that it pays. This server bills nobody; it has the
 * refusal so that programs can be tested against it.
 */
import { OssError, type Payer } from '@annals/protocol';

const PAYER = 'x-oss-request-payer';

/** Of a request, what the decision depends on. */
export interface PaidRequest {
  readonly caller: { readonly kind: string; readonly accountId: string };
  readonly headers: ReadonlyMap<string, string>;
  readonly query: { get(name: string): string | undefined };
}

/** @throws {OssError} `AccessDenied` "Access denied for requester pay bucket", EC 0003-00000703. */
export function refuseUnpaid(payer: Payer | undefined, ownerId: string, { caller, headers, query }: PaidRequest): void {
  if (payer !== 'Requester' || caller.accountId === ownerId) return;
  // Without a signature no account can pay.
  if (caller.kind !== 'anonymous' && (headers.get(PAYER) ?? query.get(PAYER)) === 'requester') return;
  throw new OssError('AccessDenied', { message: 'Access denied for requester pay bucket', ec: '0003-00000703' });
}
