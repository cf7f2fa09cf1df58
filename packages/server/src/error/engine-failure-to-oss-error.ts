/**
 * Says in the protocol's words what the store's engines cannot do. One exhaustive switch: a new kind of failure does
 * not compile until it has a line here. Leaves out what rules refuse (`store-failure-to-oss-error.ts`).
 */
import { OssError } from '@annals/protocol';
import type { EngineFailure, EngineFailureReason } from '@annals/store';

/**
 * Translates a failure of an engine.
 *
 * What it cannot do now (`unavailable`) is 503, which SDKs retry: nothing was acknowledged. What it will not do however
 * often it is asked (`corrupt`, `missing-blob`, a missing master key) is 500, without saying more than that to the
 * caller.
 */
export function engineFailureToOssError(failure: EngineFailure): OssError {
  const { reason } = failure;
  switch (reason.kind) {
    case 'key-unavailable':
      return keyUnavailable(failure, reason);
    case 'corrupt':
    case 'missing-blob':
      return new OssError('InternalError', { cause: failure });
    case 'unavailable':
      return new OssError('ServiceUnavailable', { message: UNAVAILABLE_MESSAGES[reason.because], cause: failure });
    default:
      return unknownReason(reason);
  }
}

const UNAVAILABLE_MESSAGES: Readonly<Record<Extract<EngineFailureReason, { kind: 'unavailable' }>['because'], string>> =
  {
    closed: 'The server is shutting down.',
    'disk-full': 'The server has no space left. Nothing was stored.',
    'read-only': 'The server does not accept writes at the moment. Nothing was stored.',
    'too-many-files': 'The server has too many files open. Nothing was changed, please retry later.',
    poisoned: 'The server does not accept writes since its storage failed, until it is restarted.',
    'input-output': 'The storage of the server failed.',
    unreachable: 'The storage of the server cannot be reached at the moment. Nothing was changed, please retry later.',
    refused: 'The storage of the server refuses its requests at the moment. Nothing was changed.',
    'too-many-connections': 'The storage of the server is busy. Nothing was changed, please retry later.',
    'clock-wrong': 'The clock of the server is wrong. Nothing was changed, please retry later.',
    'outcome-unknown':
      'The storage of the server did not answer in time. The request may have taken effect: please check.',
  };

/**
 * Not 5xx where the caller can do something about it, or nothing will change by trying again: SDKs repeat those. A
 * master key that is missing is the operator's business and looks like any other failure of the server from outside;
 * the log says which key it is.
 */
function keyUnavailable(
  failure: EngineFailure,
  { algorithm, keyId, because }: Extract<EngineFailureReason, { kind: 'key-unavailable' }>,
): OssError {
  if (because === 'unsupported-algorithm') {
    return new OssError('NotImplemented', {
      status: 501,
      message: 'Encryption with SM4 is not implemented by this server. Nothing was stored.',
    });
  }
  if (algorithm !== 'KMS') return new OssError('InternalError', { cause: failure });
  if (because === 'not-configured') return new OssError('KmsServiceNotEnabled', { cause: failure });
  return new OssError('KmsServiceNotEnabled', {
    message: 'The key that encrypts this object is not available.',
    details: { KMSMasterKeyID: keyId ?? '' },
    cause: failure,
  });
}

function unknownReason(reason: never): OssError {
  return new OssError('InternalError', { cause: reason });
}
