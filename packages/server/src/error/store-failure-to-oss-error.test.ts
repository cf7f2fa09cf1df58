import { StoreFailure, type StoreFailureReason } from '@annals/store';
import { describe, expect, test } from 'vitest';
import { storeFailureToOssError } from './store-failure-to-oss-error.js';

describe('storeFailureToOssError', () => {
  test.each<[StoreFailureReason, number, string]>([
    [{ kind: 'no-such-bucket', bucket: 'b' }, 404, 'NoSuchBucket'],
    [{ kind: 'bucket-not-empty', bucket: 'b' }, 409, 'BucketNotEmpty'],
    [{ kind: 'no-such-key', key: 'k' }, 404, 'NoSuchKey'],
    [{ kind: 'no-such-version', key: 'k', versionId: 'v' }, 404, 'NoSuchVersion'],
    [{ kind: 'version-is-delete-marker', key: 'k', versionId: 'v' }, 405, 'MethodNotAllowed'],
    [{ kind: 'not-appendable', type: 'normal' }, 409, 'ObjectNotAppendable'],
    [{ kind: 'position-mismatch', length: 1, crc64: 2n }, 409, 'PositionNotEqualToLength'],
    [{ kind: 'sealed', sealedAtMs: 0 }, 409, 'AppendSealedObjectNotAllowed'],
    [{ kind: 'nested-too-deep' }, 400, 'OperationNotSupported'],
    [{ kind: 'beyond-length', length: 3 }, 416, 'InvalidRange'],
    [{ kind: 'append-id-conflict', appendId: 'a' }, 409, 'AppendIdConflict'],
    [{ kind: 'writer-fenced', epoch: 3 }, 412, 'WriterFenced'],
    [{ kind: 'guard-exceeded', lengthMax: 3 }, 412, 'AppendMaxLengthExceeded'],
    [{ kind: 'not-sealable', type: 'normal' }, 409, 'AppendSealedObjectNotAllowed'],
    [{ kind: 'too-large', lengthMax: 10 }, 400, 'InvalidArgument'],
    [{ kind: 'already-exists', because: 'appendable' }, 409, 'FileAlreadyExists'],
    [{ kind: 'already-exists', because: 'forbid-overwrite' }, 409, 'FileAlreadyExists'],
    [{ kind: 'digest-mismatch', digest: 'md5' }, 400, 'InvalidDigest'],
    [{ kind: 'digest-mismatch', digest: 'crc64' }, 400, 'InvalidCRC64'],
    [{ kind: 'no-such-upload', uploadId: 'ab' }, 404, 'NoSuchUpload'],
    [{ kind: 'no-such-live-channel', name: 'ab' }, 404, 'NoSuchLiveChannel'],
    [{ kind: 'invalid-part', partNumber: 2 }, 400, 'InvalidPart'],
    [{ kind: 'invalid-part-order', partNumber: 2 }, 400, 'InvalidPartOrder'],
    [{ kind: 'part-not-sequential', partNumber: 3 }, 400, 'PartNotSequential'],
    [{ kind: 'part-too-small', partNumber: 2, length: 1, lengthMin: 2 }, 400, 'EntityTooSmall'],
    [{ kind: 'not-copyable', type: 'appendable' }, 400, 'OperationNotSupported'],
    [{ kind: 'archived', storageClass: 'Archive' }, 403, 'InvalidObjectState'],
    [{ kind: 'restore-in-progress' }, 409, 'RestoreAlreadyInProgress'],
    [{ kind: 'not-archived', storageClass: 'IA' }, 400, 'OperationNotSupported'],
    [{ kind: 'contended' }, 503, 'ServiceUnavailable'],
  ])('%o is %d %s', (reason, status, code) => {
    const error = storeFailureToOssError(new StoreFailure(reason));
    expect([error.status, error.code]).toEqual([status, code]);
  });

  test('a position that does not match comes with everything a writer needs to find its own append', () => {
    const lastAppend = { position: 3, length: 4, crc64: 18020588380933092773n, atMs: 0, callerId: 'id' };
    const failure = new StoreFailure({
      kind: 'position-mismatch',
      length: 7,
      crc64: 14741617095266562575n,
      lastAppend,
    });
    const error = storeFailureToOssError(failure);
    expect(error.message).toBe('Position is not equal to file length');
    expect(error.ec).toBe('0026-00000016');
    expect(error.headers).toEqual({
      'x-oss-next-append-position': '7',
      'x-oss-hash-crc64ecma': '14741617095266562575',
      'x-oss-annals-last-append-length': '4',
      'x-oss-annals-last-append-crc64': '18020588380933092773',
    });
  });

  test('a delete marker shows in the headers', () => {
    const failure = new StoreFailure({ kind: 'no-such-key', key: 'k', deleteMarkerVersionId: 'v1' });
    expect(storeFailureToOssError(failure).headers).toEqual({
      'x-oss-delete-marker': 'true',
      'x-oss-version-id': 'v1',
    });
  });
});
