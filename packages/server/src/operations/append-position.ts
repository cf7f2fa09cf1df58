/** `position` of an append or a seal: the byte offset where the caller believes the object ends. */
import { OssError } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

/**
 * Reads `position`.
 * @returns Bytes, a safe integer >= 0.
 * @throws {OssError} `MissingArgument` (EC 0016-00000501) when absent, `InvalidArgument` (EC 0016-00000502) when no non-negative integer.
 */
export function readPosition({ query }: OperationRequest): number {
  const text = query.get('position');
  if (text === undefined) throw new OssError('MissingArgument', { ec: '0016-00000501' });
  // Past 2^53 numbers lose their last digit; no object is that long, so such a position cannot be right anyway.
  const position = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(position)) return position;
  throw new OssError('InvalidArgument', {
    message: 'The position must be a non-negative integer.',
    ec: '0016-00000502',
    details: { ArgumentName: 'position', ...(text !== '' && { ArgumentValue: text }) },
  });
}
