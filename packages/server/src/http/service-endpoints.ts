/**
 * What the server answers beside OSS: `/-/sts/` lends temporary keys, `/-/admin/` manages accounts. `-` is no legal
 * bucket name, so neither hides data; where the host names a bucket, the same path is a key in it.
 */
import { OssError, parseRequestTarget, type RequestTarget } from '@annals/protocol';
import { ADMIN_PATH, type AdminServices, answerAdminRequest } from '../admin/answer-admin-request.js';
import { actorOf } from '../audit/actor-of.js';
import type { AuditTrail } from '../audit/audit-trail.js';
import { toOssError } from '../error/render-error.js';
import { NEVER_MATCHING_HEADER } from '../policy/known-actions.js';
import type { ReceivedRequest } from '../request/received-request.js';
import type { RequestProgress } from '../request/request-progress.js';
import type { OperationResponse } from '../response.js';
import { answerStsRequest, type LentKey, type StsHttpResponse, type StsServices } from '../sts/answer-sts-request.js';
import { STS_BODY_LENGTH_BYTES_MAX } from '../sts/sts-request.js';

/** What answering takes. Built once per server. */
export interface ServiceEndpoints {
  readonly sts: StsServices;
  readonly admin: AdminServices;
}

/** Which one a request is for. */
export type ServiceEndpointName = 'sts' | 'admin';

const STS_PATH = '/-/sts';
/** What could be one of them: a path in front of which no bucket stands, or the root. */
const SERVICE_TARGET = /^(\/-\/[^?]*|\/)(?:\?|$)/;

/** The sender whose wrong keys count together at the STS endpoint, for every key that they name. */
const STS_GUARD_NAME = 'sts';

/**
 * Finds out whether a request is for one of them.
 * @returns `undefined`: it is a request to OSS.
 */
export function serviceEndpointOf(
  request: ReceivedRequest,
  { admin }: ServiceEndpoints,
): ServiceEndpointName | undefined {
  const [, path = ''] = SERVICE_TARGET.exec(request.target) ?? [];
  const isAdmin = path.startsWith(ADMIN_PATH);
  const isSts = path === STS_PATH || path === `${STS_PATH}/` || (path === '/' && mayBeSts(request));
  if (!isAdmin && !isSts) return undefined;
  const { host, target } = request;
  const { query, candidates } = parseRequestTarget({ target, host, domains: admin.settings.domains });
  const { bucket } = candidates[0];
  if (bucket === '-') return isAdmin ? 'admin' : 'sts';
  return bucket === undefined && isStsAtRoot(request, query) ? 'sts' : undefined;
}

/** Clients of STS that cannot be told a path send to `/`, where OSS has nothing but the list of buckets. */
function mayBeSts({ method, headers }: ReceivedRequest): boolean {
  return (method === 'GET' || method === 'POST') && !headers.get('authorization')?.startsWith('OSS');
}

function isStsAtRoot({ method, headers }: ReceivedRequest, query: RequestTarget['query']): boolean {
  if (headers.has('x-acs-action') || (query.has('Action') && query.has('SignatureMethod'))) return true;
  // Nothing of OSS at the service takes a form of this kind.
  return method === 'POST' && /^application\/x-www-form-urlencoded\b/i.test(headers.get('content-type') ?? '');
}

/**
 * Answers a request.
 * @param progress Receives the caller and the failure, for the log.
 * @throws {OssError} What came before the dialect of the endpoint: too long a body, too many wrong signatures.
 */
export async function answerServiceRequest(
  name: ServiceEndpointName,
  request: ReceivedRequest,
  progress: RequestProgress,
  services: ServiceEndpoints,
): Promise<OperationResponse> {
  if (name === 'sts') return answerSts(request, progress, services);
  const { response, caller, thrown } = await answerAdminRequest(request, services.admin);
  if (caller !== undefined) progress.caller = caller;
  if (thrown !== undefined) progress.error = toOssError(thrown);
  return response;
}

async function answerSts(
  request: ReceivedRequest,
  progress: RequestProgress,
  { sts, admin }: ServiceEndpoints,
): Promise<OperationResponse> {
  const { target, method, headers, host, receivedAtMs, clientAddress, isSecure } = request;
  const body = await request.body.readAll(
    STS_BODY_LENGTH_BYTES_MAX,
    () => new OssError('EntityTooLarge', { message: `The body is longer than ${STS_BODY_LENGTH_BYTES_MAX} bytes.` }),
  );
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  let answered: StsHttpResponse | undefined;
  const attempt = async (): Promise<void> => {
    answered = await answerStsRequest(
      { method, path, query, headers, body, host, receivedAtMs },
      { sourceIp: clientAddress, isSecure },
      sts,
    );
    if (isWrongKey(answered)) throw new OssError('SignatureDoesNotMatch');
  };
  await admin.failures
    .guard(clientAddress, () => STS_GUARD_NAME, attempt)
    .catch((error: unknown) => {
      // The dialect has words of its own for a wrong key; those of the limit are OSS's.
      if (answered === undefined) throw error;
    });
  if (answered === undefined) throw new Error('The STS endpoint gave no answer');
  if (answered.lent !== undefined) await recordLent(answered.lent, request, admin.audit);
  if (answered.denied !== undefined) await recordDenied(answered.denied, request, admin.audit);
  const { status, contentType, requestId, error, neverMatching } = answered;
  if (status >= 500) {
    const code = status === 503 ? 'ServiceUnavailable' : 'InternalError';
    progress.error = new OssError(code, { cause: error?.cause ?? error });
  }
  const later = error?.retryAfterSeconds;
  return {
    status,
    headers: {
      ...(later !== undefined && { 'Retry-After': String(later) }),
      ...(neverMatching !== undefined && { [NEVER_MATCHING_HEADER]: neverMatching.join(', ') }),
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'x-acs-request-id': requestId,
    },
    body: Buffer.from(answered.body, 'utf8'),
  };
}

/** The key is useless before it is recorded: no client has it. */
function recordLent(
  { borrower, accessKeyId, roleArn, expiration }: LentKey,
  { id, clientAddress }: ReceivedRequest,
  audit: AuditTrail,
): Promise<void> {
  return audit.note({
    action: 'sts:AssumeRole',
    resource: roleArn,
    actor: actorOf(borrower),
    sourceAddress: clientAddress,
    requestId: id,
    result: 'done',
    detail: { accessKeyId, expiration },
  });
}

function recordDenied(
  { caller, roleArn }: NonNullable<StsHttpResponse['denied']>,
  { id, clientAddress }: ReceivedRequest,
  audit: AuditTrail,
): Promise<void> {
  const action = 'sts:AssumeRole';
  const resource = roleArn.slice(0, ROLE_ARN_LENGTH_MAX);
  const intent = { action, resource, actor: actorOf(caller), sourceAddress: clientAddress, requestId: id };
  return audit.refused(intent, 'NoPermission');
}

/** Of whatever a request calls so; no right one is longer. */
const ROLE_ARN_LENGTH_MAX = 256;

const WRONG_KEY = /^(?:SignatureDoesNotMatch|InvalidAccessKeyId\.NotFound|InvalidSecurityToken\..*)$/;

function isWrongKey({ error }: StsHttpResponse): boolean {
  return error !== undefined && WRONG_KEY.test(error.code);
}
