/** `x-oss-forbid-overwrite`: whether an upload may replace what is there. */
import { OssError } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

/**
 * Reads `x-oss-forbid-overwrite`.
 * @throws {OssError} `InvalidArgument` for anything but `true` and `false`: a misspelled protection must not pass for none.
 */
export function readForbidOverwrite(request: OperationRequest): boolean {
  const value = request.headers.get('x-oss-forbid-overwrite');
  if (value === undefined || value.toLowerCase() === 'false') return false;
  if (value.toLowerCase() === 'true') return true;
  throw new OssError('InvalidArgument', {
    message: 'x-oss-forbid-overwrite must be true or false.',
    details: { ArgumentName: 'x-oss-forbid-overwrite', ArgumentValue: value },
  });
}
