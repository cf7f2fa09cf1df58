/** The error for a header or parameter whose value is not one of its own. */
import { OssError } from '../error/oss-error.js';

/**
 * Makes an `InvalidArgument` that names what was wrong.
 * @param name Header or parameter.
 * @param value What it was.
 * @param message Says more than the default one.
 * @param ec Detailed error code, if there is one.
 */
export function invalidArgument(name: string, value: string, message?: string, ec?: string): OssError {
  return new OssError('InvalidArgument', {
    ...(message !== undefined && { message }),
    ...(ec !== undefined && { ec }),
    details: { ArgumentName: name, ArgumentValue: value },
  });
}
