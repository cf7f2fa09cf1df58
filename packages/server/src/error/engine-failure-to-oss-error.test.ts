import { EngineFailure, type EngineFailureReason } from '@annals/store';
import { describe, expect, test } from 'vitest';
import { engineFailureToOssError } from './engine-failure-to-oss-error.js';

describe('engineFailureToOssError', () => {
  test.each<[EngineFailureReason, number, string]>([
    [{ kind: 'corrupt', detail: 'extent 3' }, 500, 'InternalError'],
    [{ kind: 'missing-blob', blobId: 'f00' }, 500, 'InternalError'],
    [{ kind: 'key-unavailable', algorithm: 'AES256', because: 'unknown-key' }, 500, 'InternalError'],
    [{ kind: 'key-unavailable', algorithm: 'AES256', because: 'not-configured' }, 500, 'InternalError'],
    [{ kind: 'key-unavailable', algorithm: 'KMS', because: 'not-configured' }, 403, 'KmsServiceNotEnabled'],
    [{ kind: 'key-unavailable', algorithm: 'KMS', keyId: 'k', because: 'unknown-key' }, 403, 'KmsServiceNotEnabled'],
    [{ kind: 'key-unavailable', algorithm: 'SM4', because: 'unsupported-algorithm' }, 501, 'NotImplemented'],
    [{ kind: 'unavailable', because: 'disk-full' }, 503, 'ServiceUnavailable'],
    [{ kind: 'unavailable', because: 'poisoned' }, 503, 'ServiceUnavailable'],
  ])('%o is %d %s', (reason, status, code) => {
    const error = engineFailureToOssError(new EngineFailure(reason));
    expect([error.status, error.code]).toEqual([status, code]);
  });

  test('what lies underneath is kept for the log and not in the message', () => {
    const failure = new EngineFailure({ kind: 'corrupt', detail: 'extent 3 of /data' });
    const error = engineFailureToOssError(failure);
    expect(error.cause).toBe(failure);
    expect(error.message).not.toContain('extent');
  });
});
