/**
 * A website as a wrapper around the carrying out of requests: it may send a reader elsewhere, let another key be read,
 * or show a page in place of an error. A request that visits none goes through untouched. Leaves out what a website
 * does (`website-visit.ts`) and the pipeline inside.
 */
import { validateObjectKey } from '@annals/protocol';
import type { ObjectStore } from '@annals/store';
import { toOssError } from '../error/render-error.js';
import { IdentifiedRequest } from '../request/identified-request.js';
import type { OperationResponse } from '../response.js';
import { visitWebsite, type WebsiteVisit } from './website-visit.js';

/** What stands inside the wrapper. */
export interface WrappedPipeline {
  readonly store: ObjectStore;
  /** Carries a request out. @throws Whatever it is refused with. */
  carryOut(request: IdentifiedRequest): Promise<OperationResponse>;
  /** Reads the beginning of a page, so that one that cannot be read is an error and not half a page. */
  beginBody(response: OperationResponse, method: string): OperationResponse | Promise<OperationResponse>;
  /** Refuses a key that the sender of the request may not read. @throws {OssError} `AccessDenied`. */
  authorizeRead(request: IdentifiedRequest, key: string): Promise<void>;
}

/**
 * Answers a request as its bucket's website does, if it has one, and otherwise as the pipeline inside does.
 * @throws What `carryOut` throws, unless the website has a page for it.
 */
export function throughWebsite(request: IdentifiedRequest, pipeline: WrappedPipeline): Promise<OperationResponse> {
  const visiting = visitWebsite(request, pipeline.store);
  return visiting === undefined ? pipeline.carryOut(request) : answerVisit(visiting, request, pipeline);
}

async function answerVisit(
  visiting: Promise<WebsiteVisit | undefined>,
  request: IdentifiedRequest,
  { store, carryOut, beginBody, authorizeRead }: WrappedPipeline,
): Promise<OperationResponse> {
  const visit = await visiting;
  const route = visit?.route();
  // Programs that check links ask for the head of a root: where the website has no page for it, they get the bucket's
  // own.
  if (visit === undefined || (route === undefined && request.operation === 'HeadBucket')) return carryOut(request);
  if (route !== undefined && 'redirect' in route) return route.redirect;
  const asked = route === undefined ? request : readInstead(request, route.key, store);
  try {
    return await carryOut(asked);
  } catch (thrown) {
    const shown = await visit.recover(toOssError(thrown), (key) => authorizeRead(asked, key));
    if (shown === undefined) throw thrown;
    return beginBody(shown, request.method);
  }
}

/** The request a website makes of another: the same reader, another key. */
function readInstead(request: IdentifiedRequest, key: string, store: ObjectStore): IdentifiedRequest {
  validateObjectKey(key);
  const { bucket = '' } = request;
  const operation = request.method === 'HEAD' ? 'HeadObject' : 'GetObject';
  return new IdentifiedRequest({ ...request.sent, address: { bucket, key } }, operation, store);
}
