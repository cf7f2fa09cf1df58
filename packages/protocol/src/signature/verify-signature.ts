/**
 * Decides whether a request was signed with a secret. SDKs differ in how they write down what they sign, and a URL can name its
 * bucket in more than one place, so there are a few candidates; all but the first are computed only when the first is wrong.
 */
import { bytesOfByteText, constantTimeEqual } from '#digest';
import type { OssError } from '../error/oss-error.js';
import type { ResourceAddress } from '../request-target.js';
import type { SignedAuthentication } from './authentication.js';
import { resourcePaths, type SignableRequest } from './signable-request.js';
import { signatureDoesNotMatch } from './signature-mismatch.js';
import { signatureV1, stringToSignV1, subResourceChoices, subResourceText } from './v1.js';
import { signatureV2, stringToSignV2 } from './v2.js';
import { canonicalRequestV4, SigningKeyCache, signatureV4, stringToSignV4 } from './v4.js';

/** What is signed, as byte text. */
interface Candidate<Resource> {
  readonly resource: Resource;
  readonly stringToSign: string;
  /** V4 only. */
  readonly canonicalRequest?: string;
}

const defaultCache = new SigningKeyCache();

/**
 * Verifies a signature. Takes one HMAC-SHA1 for V1, and one HMAC-SHA256 and one SHA-256 for V4 once the day's key is known.
 * @param resources What the request may address, the likeliest first; not empty.
 * @param secret The secret of the access key that the request names.
 * @param cache Signing keys of V4. Default: one for the process.
 * @returns The resource that was signed.
 * @throws {OssError} `SignatureDoesNotMatch`, with what the server would have signed for the first resource.
 */
export function verifySignature<Resource extends ResourceAddress>(
  authentication: SignedAuthentication,
  request: SignableRequest,
  resources: readonly [Resource, ...Resource[]],
  secret: string,
  cache: SigningKeyCache = defaultCache,
): Resource {
  const sign = makeSigner(authentication, secret, cache);
  let first: Candidate<Resource> | undefined;
  let tried: Set<string> | undefined;
  for (const candidate of listCandidates(authentication, request, resources)) {
    // Nearly always the first is right, and nothing needs to be remembered.
    if (first === undefined) first = candidate;
    else {
      tried ??= new Set([first.stringToSign]);
      if (tried.has(candidate.stringToSign)) continue;
      tried.add(candidate.stringToSign);
    }
    if (constantTimeEqual(sign.signature(candidate.stringToSign), authentication.signature)) {
      sign.keepKey();
      return candidate.resource;
    }
  }
  throw mismatch(authentication, first);
}

interface Signer {
  signature(stringToSign: string): string;
  keepKey(): void;
}

function makeSigner({ kind, scope }: SignedAuthentication, secret: string, cache: SigningKeyCache): Signer {
  if (scope !== undefined) {
    const key = cache.get(secret, scope);
    return {
      signature: (stringToSign) => signatureV4(key, stringToSign),
      keepKey: () => cache.keep(secret, scope, key),
    };
  }
  const signature = kind === 'v1-header' || kind === 'v1-url' ? signatureV1 : signatureV2;
  return { signature: (stringToSign) => signature(secret, stringToSign), keepKey: () => undefined };
}

function* listCandidates<Resource extends ResourceAddress>(
  authentication: SignedAuthentication,
  request: SignableRequest,
  resources: readonly Resource[],
): Generator<Candidate<Resource>> {
  const { kind, dateSlot, additionalHeaders, scope } = authentication;
  for (const resource of resources) {
    for (const path of resourcePaths(resource)) {
      if (scope !== undefined) {
        // `append=` says what `append` says: ali-oss signs the one in URLs. It is no other request's form, so nothing is opened.
        for (const emptyValueForm of ['bare', 'equals-sign'] as const) {
          const canonicalRequest = canonicalRequestV4(request, path, additionalHeaders, emptyValueForm);
          yield { resource, stringToSign: stringToSignV4(canonicalRequest, dateSlot, scope), canonicalRequest };
        }
      } else if (kind === 'v2-header' || kind === 'v2-url') {
        yield { resource, stringToSign: stringToSignV2(request, dateSlot, path, additionalHeaders) };
      } else {
        for (const isSubResource of subResourceChoices(request.method, request.query)) {
          const resourceText = path + subResourceText(request.query, isSubResource);
          yield { resource, stringToSign: stringToSignV1(request, dateSlot, resourceText) };
        }
      }
    }
  }
}

function mismatch(authentication: SignedAuthentication, expected: Candidate<ResourceAddress> | undefined): OssError {
  const canonicalRequest = expected?.canonicalRequest;
  return signatureDoesNotMatch(
    authentication,
    bytesOfByteText(expected?.stringToSign ?? ''),
    canonicalRequest === undefined ? undefined : bytesOfByteText(canonicalRequest),
  );
}
