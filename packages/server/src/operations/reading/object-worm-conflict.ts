/** Refusals of what excludes object WORM, or is excluded by it. */
import { OssError } from '@annals/protocol';

/** What excludes object WORM, or is excluded by it. */
export function notSupported(detail: string): OssError {
  return new OssError('OperationNotSupported', { details: { Detail: detail } });
}
