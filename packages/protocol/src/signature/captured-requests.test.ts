/** Replays requests of every official SDK that could be run: an unmodified client must be understood. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRequestTarget, type RequestTarget } from '../request-target.js';
import { readAuthentication, type SignedAuthentication } from './authentication.js';
import { checkScope, checkTimes } from './check-times.js';
import type { SignableRequest } from './signable-request.js';
import { verifySignature } from './verify-signature.js';

interface CapturedRequest {
  readonly sdk: string;
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Captures {
  readonly secret: string;
  readonly requests: readonly CapturedRequest[];
}

const path = new URL('./fixtures/captured-requests.json', import.meta.url);
const { secret, requests } = JSON.parse(readFileSync(path, 'utf8')) as Captures;

function read(captured: CapturedRequest): {
  request: SignableRequest;
  target: RequestTarget;
  authentication: SignedAuthentication;
} {
  const target = parseRequestTarget({ target: captured.target, host: captured.host });
  const headers = new Map(Object.entries(captured.headers));
  const request = { method: captured.method, query: target.query, headers };
  const authentication = readAuthentication(request);
  if (authentication.kind === 'anonymous') throw new Error('The captured request is not signed');
  return { request, target, authentication };
}

describe('verifySignature', () => {
  it.each(requests.map((captured) => [captured.sdk, captured.method, captured.target, captured] as const))(
    'accepts what %s signed: %s %s',
    (_sdk, _method, _target, captured) => {
      const { request, target, authentication } = read(captured);
      checkScope(authentication, { region: 'cn-hangzhou' });
      const nowMs = authentication.signedAtMs ?? (authentication.expiresAtMs ?? 0) - 1;
      checkTimes(authentication, { nowMs });
      const resource = verifySignature(authentication, request, target.candidates, secret);
      expect(target.candidates).toContain(resource);
      expect(() => verifySignature(authentication, request, target.candidates, `${secret}x`)).toThrow(
        expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
      );
    },
  );

  it('has seen every SDK and every kind of signature in a header', () => {
    expect(new Set(requests.map((captured) => captured.sdk)).size).toBe(13);
    const kinds = new Set(requests.map((captured) => read(captured).authentication.kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['v1-header', 'v2-header', 'v4-header']));
  });
});
