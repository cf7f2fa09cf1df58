import { OssError } from '@annals/protocol';
import { EngineFailure, type EngineFailureReason, StoreFailure } from '@annals/store';
import { describe, expect, test } from 'vitest';
import { renderError, toOssError } from './render-error.js';

const request = { id: '5C3D9175B6FC201293AD4890', method: 'PUT', host: 'localhost' };

describe('an answer of 503', () => {
  const becauses: Extract<EngineFailureReason, { kind: 'unavailable' }>['because'][] = [
    'closed',
    'disk-full',
    'read-only',
    'too-many-files',
    'poisoned',
    'input-output',
    'unreachable',
    'too-many-connections',
    'outcome-unknown',
    'refused',
  ];
  const failures = [
    ...becauses.map((because) => new EngineFailure({ kind: 'unavailable', because })),
    new StoreFailure({ kind: 'contended' }),
    new OssError('SlowDown'),
    new OssError('ServiceUnavailable'),
  ];

  test.each(failures)('says when to come back: %o', (failure) => {
    const { status, headers } = renderError(toOssError(failure), request);
    expect([status, headers['Retry-After']]).toEqual([503, '1']);
  });

  test('keeps a better answer, and others get none', () => {
    const later = new OssError('SlowDown', { headers: { 'Retry-After': '30' } });
    expect(renderError(later, request).headers['Retry-After']).toBe('30');
    expect(renderError(new OssError('NoSuchKey'), request).headers['Retry-After']).toBeUndefined();
  });
});
