/**
 * Decides whether a request was signed with a secret. SDKs differ in how they write down what they sign, and a URL can
 * name its bucket in more than one place, so there are a few candidates; all but the first are computed only when the
 * first is wrong.
 */
import { bytesOfByteText, constantTimeEqual } from '#digest';
import type { OssError } from '../error/oss-error.js';
import type { ResourceAddress } from '../request-target.js';
import type { SignedAuthentication } from './authentication.js';
import { type EmptyValueForm, resourcePaths, type SignableRequest } from './signable-request.js';
import { signatureDoesNotMatch } from './signature-mismatch.js';
import { signatureV1, stringToSignV1, subResourceChoices, subResourceText } from './v1.js';
import { signatureV2, stringToSignV2 } from './v2.js';
import { canonicalRequestV4, SigningKeyCache, signatureV4, stringToSignV4 } from './v4.js';

/** What is signed, as byte text. */
interface Candidate {
  readonly stringToSign: string;
  /** V4 only. */
  readonly canonicalRequest?: string;
}

/**
 * `append=` says what `append` says: ali-oss signs the one in URLs. It is no other request's form, so nothing is
 * opened.
 */
const EMPTY_VALUE_FORMS: readonly EmptyValueForm[] = ['bare', 'equals-sign'];

const defaultCache = new SigningKeyCache();

/**
 * Verifies a signature. Takes one HMAC-SHA1 for V1, and one HMAC-SHA256 and one SHA-256 for V4 once the day's key is
 * known.
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
  let first: Candidate | undefined;
  let tried: Set<string> | undefined;
  const isRight = (candidate: Candidate): boolean => {
    // Nearly always the first is right, and nothing needs to be remembered.
    if (first === undefined) first = candidate;
    else {
      tried ??= new Set([first.stringToSign]);
      if (tried.has(candidate.stringToSign)) return false;
      tried.add(candidate.stringToSign);
    }
    return constantTimeEqual(sign.signature(candidate.stringToSign), authentication.signature);
  };
  for (const resource of resources) {
    if (!resourcePaths(resource).some((path) => someCandidate(authentication, request, path, isRight))) continue;
    sign.keepKey();
    return resource;
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

/**
 * Whether any of the ways to write down a request to this path is the one that was signed, the likeliest asked for
 * first.
 */
function someCandidate(
  { kind, dateSlot, additionalHeaders, scope }: SignedAuthentication,
  request: SignableRequest,
  path: string,
  isRight: (candidate: Candidate) => boolean,
): boolean {
  if (scope !== undefined) {
    return EMPTY_VALUE_FORMS.some((emptyValueForm) => {
      const canonicalRequest = canonicalRequestV4(request, path, additionalHeaders, emptyValueForm);
      return isRight({ stringToSign: stringToSignV4(canonicalRequest, dateSlot, scope), canonicalRequest });
    });
  }
  if (kind === 'v2-header' || kind === 'v2-url') {
    return isRight({ stringToSign: stringToSignV2(request, dateSlot, path, additionalHeaders) });
  }
  return subResourceChoices(request.method, request.query).some((isSubResource) =>
    isRight({ stringToSign: stringToSignV1(request, dateSlot, path + subResourceText(request.query, isSubResource)) }),
  );
}

function mismatch(authentication: SignedAuthentication, expected: Candidate | undefined): OssError {
  const canonicalRequest = expected?.canonicalRequest;
  return signatureDoesNotMatch(
    authentication,
    bytesOfByteText(expected?.stringToSign ?? ''),
    canonicalRequest === undefined ? undefined : bytesOfByteText(canonicalRequest),
  );
}
