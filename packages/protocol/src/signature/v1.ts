/**
 * The V1 signature (HMAC-SHA1 over a few lines): what is signed. Leaves out where the parts come from
 * (`authentication.ts`).
 */
import { bytesOfByteText, hmacSha1Base64 } from '#digest';
import type { Query } from '../query.js';
import { headerLines, type SignableRequest, toByteText } from './signable-request.js';

/**
 * Query parameters that V1 signs: the union of the official SDKs' lists, and this server's extensions. Parameters that
 * only shape a listing (`prefix`, `marker`, `max-keys`, ...) are not signed by any of them.
 */
export const SUB_RESOURCES_V1: ReadonlySet<string> = new Set(
  `acl uploads location cors logging website referer lifecycle delete append tagging objectMeta objectInfo uploadId partNumber
  security-token position img style styleName replication replicationProgress replicationLocation cname bucketInfo comp qos
  qosInfo live status vod startTime endTime x-oss-process processConfiguration symlink stat udf udfName udfId udfImage
  udfImageDesc udfApplication udfApplicationLog restore versions versioning versionId encryption policy policyStatus
  requestPayment asyncFetch sequential x-oss-request-payer x-oss-traffic-limit vpcip vip inventory inventoryId
  continuation-token worm wormId wormExtend callback callback-var x-oss-dir x-oss-rename x-oss-delete transferAcceleration
  x-oss-ac-source-ip x-oss-ac-subnet-mask x-oss-ac-vpc-id x-oss-ac-forward-allow metaQuery resourceGroup regionList cloudboxes
  x-oss-async-process x-oss-write-get-object-response bucketArchiveDirectRead httpsConfig publicAccessBlock
  redundancyTransition x-oss-target-redundancy-type x-oss-redundancy-transition-taskid accessPoint accessPointPolicy
  x-oss-access-point-name requesterQosInfo qosRequester resourcePoolInfo resourcePool resourcePoolBuckets withHashContext
  x-oss-enable-md5 x-oss-enable-sha1 x-oss-enable-sha256 x-oss-hash-ctx x-oss-md5-ctx rtc responseHeader group link seal
  response-content-type response-content-language response-expires response-cache-control response-content-disposition
  response-content-encoding follow convert objectWorm retention legalHold`.split(/\s+/),
);

/** Parameters that carry a V1 signature in the URL; they cannot be signed themselves. */
const URL_SIGNATURE_PARAMETERS: ReadonlySet<string> = new Set(['OSSAccessKeyId', 'Expires', 'Signature']);

type IsSubResource = (name: string) => boolean;

const inList: IsSubResource = (name) => SUB_RESOURCES_V1.has(name);

/** Sub-resources of which each makes the parameters below part of what is signed. */
const EXTENSIONS_V1 = ['follow', 'convert'] as const;
const EXTENSION_PARAMETERS_V1: ReadonlySet<string> = new Set(['type', 'wait']);

/** The list, and what belongs to it where a request follows or converts an object. */
function listedIn(query: Query): IsSubResource {
  if (!EXTENSIONS_V1.some((name) => query.has(name))) return inList;
  return (name) => inList(name) || EXTENSION_PARAMETERS_V1.has(name);
}

/**
 * The ways in which official SDKs choose the signed parameters of a request, the usual one first.
 *
 * Every way but one signs at least the list above, so no parameter that changes what a request means can be slipped in
 * unsigned. The exception is `seal`, which Java v2 leaves out. It is accepted only for a POST whose listed parameters
 * are exactly `seal` and `position`: what is then signed is a POST of a key with a position and nothing else, which is
 * no operation, so no client signs it meaning anything but a seal, and a captured seal without its `seal` is of no use
 * either. Adding `seal` to a captured append fails, because `append` is then present and the exception does not apply.
 */
export function subResourceChoices(method: string, query: Query): readonly [IsSubResource, ...IsSubResource[]] {
  const isListed = listedIn(query);
  const choices: [IsSubResource, ...IsSubResource[]] = [
    isListed,
    // Go v2: its list and whatever begins with `x-oss-`.
    (name) => isListed(name) || name.startsWith('x-oss-'),
    // ali-oss signs every sub-resource it is given, known or not. Signing more is never less safe.
    (name) => !URL_SIGNATURE_PARAMETERS.has(name),
  ];
  if (method === 'POST' && query.has('seal') && query.has('position') && countNames(query, inList) === 2) {
    choices.push((name) => name !== 'seal' && inList(name));
  }
  return choices;
}

/** The parameters as V1 signs them: sorted, with decoded values. Empty, or beginning with `?`. */
export function subResourceText(query: Query, isSubResource: IsSubResource): string {
  const names: string[] = [];
  for (const name of query.names()) if (isSubResource(name)) names.push(name);
  const parts = names.sort().map((name) => {
    const value = query.get(name) ?? '';
    return value === '' ? name : `${name}=${value}`;
  });
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/**
 * What V1 signs, as byte text.
 * @param dateSlot The date header, or the expiry of a signed URL.
 * @param resourceText Path and sub-resources.
 */
export function stringToSignV1(request: SignableRequest, dateSlot: string, resourceText: string): string {
  const { method, headers } = request;
  const ossHeaders = headerLines(headers, (name) => name.startsWith('x-oss-'));
  return `${method}\n${headers.get('content-md5') ?? ''}\n${headers.get('content-type') ?? ''}\n${dateSlot}\n${ossHeaders}${toByteText(resourceText)}`;
}

/** Path and the sub-resources of the official list. */
export function resourceTextV1(path: string, query: Query): string {
  return path + subResourceText(query, listedIn(query));
}

/** The V1 signature of a byte text, in base64. */
export function signatureV1(secret: string, stringToSign: string): string {
  return hmacSha1Base64(bytesOfByteText(toByteText(secret)), stringToSign);
}

function countNames(query: Query, isCounted: IsSubResource): number {
  let count = 0;
  for (const name of query.names()) if (isCounted(name)) count += 1;
  return count;
}
