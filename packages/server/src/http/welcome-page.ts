/**
 * What a browser gets at the root of the server: a short page that says what this is. Programs never get it: they sign
 * their requests, or do not ask for HTML. Leaves out websites of buckets (`../website`).
 */
import type { SentRequest } from '../request/identified-request.js';
import type { OperationResponse } from '../response.js';

/**
 * Whether a request is a person's look at the server: an unsigned GET of the root that prefers HTML, with a host that
 * names no bucket.
 */
export function isVisit({ received, target, caller }: SentRequest): boolean {
  const { method, headers } = received;
  if (method !== 'GET' || received.target !== '/' || caller.kind !== 'anonymous') return false;
  return target.candidates[0].bucket === undefined && /^[^;]*\btext\/html\b/.test(headers.get('accept') ?? '');
}

/** The page. Nothing of the request is in it. */
export function welcomePage(): OperationResponse {
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
    body: Buffer.from(PAGE),
  };
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Annals</title>
<h1>Annals</h1>
<p>This is an object store that speaks the protocol of Alibaba Cloud OSS. It is made for programs; there is nothing to
click here.</p>
<p><a href="https://github.com/annals/annals/blob/main/docs/sdks.md">How SDKs and other clients connect</a>,
<a href="https://github.com/annals/annals/blob/main/docs/cli.md">the command line</a>,
<a href="https://github.com/annals/annals#readme">what Annals is</a>.</p>
</html>
`;
