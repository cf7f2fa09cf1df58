/**
 * Says in the protocol's words what the store's rules refuse. One exhaustive switch: a new kind of failure does not
 * compile until it has a line here. Leaves out what engines cannot do (`engine-failure-to-oss-error.ts`) and rendering
 * (`render-error.ts`).
 */
import { LIMITS, OssError, RESPONSE_HEADERS } from '@annals/protocol';
import type { StoreFailure, StoreFailureReason } from '@annals/store';

/**
 * Translates a refusal of the store. Losing too many races (`contended`) is 503, which SDKs retry: nothing was changed.
 */
export function storeFailureToOssError(failure: StoreFailure): OssError {
  const { reason } = failure;
  switch (reason.kind) {
    case 'no-such-bucket':
      return new OssError('NoSuchBucket', { details: { BucketName: reason.bucket } });
    case 'bucket-already-exists':
      return new OssError('BucketAlreadyExists', { details: { BucketName: reason.existing.name } });
    case 'bucket-not-empty':
      return new OssError('BucketNotEmpty', {
        details: { BucketName: reason.bucket },
        ...(reason.left !== undefined && {
          message: `The bucket has ${reason.left === 'uploads' ? 'Multipart Uploads' : 'Live Channels'}. Please delete them first.`,
        }),
      });
    case 'no-such-key':
      return new OssError('NoSuchKey', {
        details: { Key: reason.key },
        ...(reason.deleteMarkerVersionId !== undefined && { headers: deleteMarker(reason.deleteMarkerVersionId) }),
      });
    case 'no-such-version':
      return new OssError('NoSuchVersion', { details: { Key: reason.key, VersionId: reason.versionId } });
    case 'version-is-delete-marker':
      return new OssError('MethodNotAllowed', {
        details: { ResourceType: 'DeleteMarker' },
        headers: { Allow: 'DELETE', ...deleteMarker(reason.versionId) },
      });
    case 'not-appendable':
      return new OssError('ObjectNotAppendable');
    case 'position-mismatch':
      return positionMismatch(reason);
    case 'sealed':
      return new OssError('AppendSealedObjectNotAllowed');
    case 'append-id-conflict':
      return new OssError('AppendIdConflict');
    case 'writer-fenced':
      return new OssError('WriterFenced', { headers: { [RESPONSE_HEADERS.writerEpoch]: String(reason.epoch) } });
    case 'guard-exceeded':
      return new OssError('AppendMaxLengthExceeded');
    case 'nested-too-deep':
      return new OssError('OperationNotSupported', {
        details: { Detail: 'The object was copied and converted too often in turn. A copy by a client is flat again.' },
      });
    case 'beyond-length':
      return new OssError('InvalidRange', { headers: { 'x-oss-next-append-position': String(reason.length) } });
    case 'not-sealable':
      return new OssError('AppendSealedObjectNotAllowed', {
        message: 'Only an object created by AppendObject can be sealed.',
      });
    case 'quota-exceeded':
      return new OssError('QuotaExceeded', {
        message: `${QUOTA_HOLDERS[reason.holder]} may not grow past ${reason.max} ${reason.what}. Nothing was stored; deleting makes room.`,
        details: { BucketName: reason.bucket },
      });
    case 'too-large':
      return tooLarge(reason.lengthMax);
    case 'already-exists':
      return new OssError('FileAlreadyExists');
    case 'immutable':
      return new OssError('FileImmutable');
    case 'object-worm':
      return new OssError('OperationNotSupported', { details: { Detail: OBJECT_WORM_DETAILS[reason.because] } });
    case 'digest-mismatch':
      return new OssError(reason.digest === 'md5' ? 'InvalidDigest' : 'InvalidCRC64');
    case 'no-such-upload':
      return new OssError('NoSuchUpload', { details: { UploadId: reason.uploadId.toUpperCase() } });
    case 'no-such-live-channel':
      return new OssError('NoSuchLiveChannel', { details: { ChannelName: reason.name } });
    case 'invalid-part':
      return new OssError('InvalidPart', { details: { PartNumber: String(reason.partNumber) } });
    case 'invalid-part-order':
      return new OssError('InvalidPartOrder', { details: { PartNumber: String(reason.partNumber) } });
    case 'part-not-sequential':
      return new OssError('PartNotSequential', { details: { PartNumber: String(reason.partNumber) } });
    case 'part-too-small':
      return new OssError('EntityTooSmall', {
        details: {
          ProposedSize: String(reason.length),
          MinSizeAllowed: String(reason.lengthMin),
          PartNumber: String(reason.partNumber),
        },
      });
    case 'not-copyable':
      return new OssError('OperationNotSupported', {
        details: { Detail: `An object of type ${reason.type} cannot be the source of this copy.` },
      });
    case 'archived':
      return new OssError('InvalidObjectState');
    case 'restore-in-progress':
      return new OssError('RestoreAlreadyInProgress');
    case 'not-archived':
      return new OssError('OperationNotSupported', {
        ec: '0016-00000702',
        details: { Detail: 'RestoreObject operation does not support this object storage class' },
      });
    case 'contended':
      return new OssError('ServiceUnavailable', {
        message: 'Too many requests changed the same object at once. Nothing was changed, please retry.',
        cause: failure,
      });
    default:
      return unknownReason(reason);
  }
}

const QUOTA_HOLDERS: Readonly<Record<Extract<StoreFailureReason, { kind: 'quota-exceeded' }>['holder'], string>> = {
  bucket: 'The bucket has a quota: it',
  creator: 'The user who made the bucket has a quota: all buckets of this user together',
};

const OBJECT_WORM_DETAILS: Readonly<Record<Extract<StoreFailureReason, { kind: 'object-worm' }>['because'], string>> = {
  'not-enabled': 'The bucket has no object WORM.',
  appendable: 'Appending and object WORM exclude each other.',
};

/** What the writer needs to find out whether an append of its own that it lost sight of was applied. */
function positionMismatch(reason: Extract<StoreFailureReason, { kind: 'position-mismatch' }>): OssError {
  const { lastAppend } = reason;
  return new OssError('PositionNotEqualToLength', {
    headers: {
      'x-oss-next-append-position': String(reason.length),
      'x-oss-hash-crc64ecma': reason.crc64.toString(),
      ...(lastAppend !== undefined && {
        'x-oss-annals-last-append-length': String(lastAppend.length),
        'x-oss-annals-last-append-crc64': lastAppend.crc64.toString(),
      }),
    },
  });
}

function tooLarge(lengthMax: number): OssError {
  if (lengthMax === LIMITS.objectLengthBytesMax) {
    return new OssError('InvalidArgument', { message: 'Post body size must be less than 5G.', ec: '0017-00000102' });
  }
  return new OssError('InvalidArgument', {
    message: `The object must not be longer than ${lengthMax} bytes.`,
    ec: '0017-00000102',
  });
}

function deleteMarker(versionId: string): Record<string, string> {
  return { 'x-oss-delete-marker': 'true', 'x-oss-version-id': versionId };
}

function unknownReason(reason: never): OssError {
  return new OssError('InternalError', { cause: reason });
}
