/**
 * The life of a request to the admin API: signature -> route -> right -> body -> call -> JSON. Signed like every other
 * request, over its path `/-/admin/...`, but in headers only, so that no link can make an administrator of the person
 * who opens it.
 */
import { md5 } from '@annals/checksum/node';
import { OssError, parseContentMd5, parseRequestTarget, type RequestTarget } from '@annals/protocol';
import type { AccountDirectory } from '../accounts/account-directory.js';
import { actorOf } from '../audit/actor-of.js';
import type { AuditIntent } from '../audit/audit-trail.js';
import type { AccessKeyDirectory } from '../auth/access-key-directory.js';
import { type AuthenticableRequest, authenticate } from '../auth/authenticate.js';
import { claimedAccessKeyId, type FailedSignatureLimit } from '../auth/failed-signature-limit.js';
import { evaluate, evaluateAll, type PolicyQuestion } from '../policy/evaluate.js';
import { principalArn } from '../policy/principal.js';
import type { Caller } from '../request/caller.js';
import type { RequestBody } from '../request/request-body.js';
import type { OperationResponse } from '../response.js';
import type { ServerSettings } from '../settings.js';
import { toAdminError } from './account-failure-to-answer.js';
import { AdminBytes } from './admin-route.js';
import { type FoundAdminRoute, findAdminRoute } from './admin-routes.js';
import { type AdminSources, adminSubjects } from './admin-subjects.js';
import { AdminValues } from './admin-values.js';

/** Where the API begins. */
export const ADMIN_PATH = '/-/admin/';

/** Longer than any policy with its quotes escaped. */
const BODY_LENGTH_BYTES_MAX = 64 * 1024;

/** A request as it came in. */
export interface AdminRequest extends AuthenticableRequest {
  readonly id: string;
  readonly target: string;
  readonly host: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly isSecure: boolean;
  readonly clientAddress: string;
  readonly body: RequestBody;
}

/** What answering takes. Built once per server. */
export interface AdminServices extends AdminSources {
  readonly accounts: AccountDirectory;
  readonly directory: AccessKeyDirectory;
  readonly failures: FailedSignatureLimit;
  readonly settings: Pick<ServerSettings, 'region' | 'limits' | 'domains'>;
}

/** What was answered, and for the log who asked and what went wrong. */
export interface AdminAnswer {
  readonly response: OperationResponse;
  readonly caller: Caller | undefined;
  readonly thrown: unknown;
}

/** Answers a request. Never throws. */
export async function answerAdminRequest(request: AdminRequest, services: AdminServices): Promise<AdminAnswer> {
  let caller: Caller | undefined;
  try {
    const { host, method } = request;
    const target = parseRequestTarget({ target: request.target, host, domains: services.settings.domains });
    caller = await authenticateHeader(request, target, services);
    const found = findAdminRoute(method, target.path.slice(ADMIN_PATH.length));
    await requireRight(found, caller, request, services).catch(async (error: unknown) => {
      await recordRefusal(found, caller, request, services, toAdminError(error).code);
      throw error;
    });
    if (found === undefined) {
      throw new OssError('InvalidArgument', { status: 404, message: 'The admin API has no such method and path.' });
    }
    const values = new AdminValues(await readBody(request));
    const result = await run(found, values, caller, request, services);
    const response =
      result instanceof AdminBytes ? bytes(result.bytes) : json(200, { requestId: request.id, ...result });
    return { response, caller, thrown: undefined };
  } catch (thrown) {
    const { status, code, message } = toAdminError(thrown);
    const headers = thrown instanceof OssError ? thrown.headers : {};
    return { response: json(status, { requestId: request.id, code, message }, headers), caller, thrown };
  }
}

/** Reading leaves no record; everything else does, before it is done and after. */
function run(
  found: FoundAdminRoute,
  values: AdminValues,
  caller: Caller,
  request: AdminRequest,
  { accounts, ...sources }: AdminServices,
): Promise<object> {
  const { audit, domains, limits, snapshots, scrub, status } = sources;
  const subjects = adminSubjects(accounts, { audit, domains, limits, snapshots, scrub, status });
  const { route, parameters } = found;
  const change = (): Promise<object> => route.run(subjects, parameters, values);
  if (route.method === 'GET') return change();
  return audit.around(
    { ...intentOf(found, caller, request, accounts), detail: { ...parameters, ...values.toAudit() } },
    change,
    (error) => toAdminError(error).code,
    (result) => idsIn(result),
  );
}

/** Who tries to change something without the right to, and what; its values are not read. */
async function recordRefusal(
  found: FoundAdminRoute | undefined,
  caller: Caller | undefined,
  request: AdminRequest,
  { accounts, audit }: AdminServices,
  code: string,
): Promise<void> {
  if (found === undefined || caller === undefined || found.route.method === 'GET') return;
  await audit.refused({ ...intentOf(found, caller, request, accounts), detail: { ...found.parameters } }, code);
}

function intentOf(
  found: FoundAdminRoute,
  caller: Caller,
  { clientAddress, id }: AdminRequest,
  { accountId }: AccountDirectory,
): AuditIntent {
  return {
    action: found.route.action,
    resource: `acs:ram::${accountId}:${resourceOf(found)}`,
    actor: actorOf(caller),
    sourceAddress: clientAddress,
    requestId: id,
  };
}

/** What was made is found again by its id; an access key by its id alone. */
function idsIn(result: object): Readonly<Record<string, unknown>> {
  const ids: Record<string, unknown> = {};
  for (const made of Object.values(result)) {
    if (typeof made !== 'object' || made === null) continue;
    for (const name of ['uid', 'roleId', 'accessKeyId'] as const) {
      if (Object.hasOwn(made, name)) ids[name] = (made as Record<string, unknown>)[name];
    }
  }
  return ids;
}

async function authenticateHeader(
  request: AdminRequest,
  target: RequestTarget,
  services: AdminServices,
): Promise<Caller> {
  const { directory, failures, settings } = services;
  if (!request.headers.has('authorization')) {
    throw new OssError('AccessDenied', { message: 'The admin API takes requests signed in their headers only.' });
  }
  const { caller } = await failures.guard(
    request.clientAddress,
    () => claimedAccessKeyId({ method: request.method, query: target.query, headers: request.wireHeaders }),
    () => authenticate(request, target, directory, settings),
  );
  return caller;
}

/**
 * The root key may do everything; others what their policies allow. A caller without any right learns no routes either.
 */
async function requireRight(
  found: FoundAdminRoute | undefined,
  { kind, principal, identityPolicies, sessionPolicy, accessKeyId }: Caller,
  request: AdminRequest,
  { accounts }: AdminServices,
): Promise<void> {
  if (kind === 'root') return;
  const action = found?.route.action ?? 'ram:Unknown';
  if (found?.route.isForRootOnly === true) {
    throw new OssError('AccessDenied', { message: `Only the root may do this: ${action}.` });
  }
  const question: PolicyQuestion = {
    principal,
    action,
    resource: { service: 'ram', region: undefined, ownerId: accounts.accountId, name: resourceOf(found) },
    facts: {
      sourceIp: request.clientAddress,
      userAgent: request.headers.get('user-agent'),
      receivedAtMs: request.receivedAtMs,
      isSecure: request.isSecure,
      accessKeyId,
      principalArn: principalArn(principal),
      bucketTags: async () => undefined,
      existingObjectTags: async () => undefined,
    },
  };
  const isAllowed =
    (sessionPolicy === undefined || (await evaluate(sessionPolicy, question)).effect === 'allow') &&
    (await evaluateAll(identityPolicies, question)).effect === 'allow';
  if (!isAllowed) throw new OssError('AccessDenied', { message: `You are not allowed to do this: ${action}.` });
}

function resourceOf(found: FoundAdminRoute | undefined): string {
  if (found === undefined) return '*';
  return found.route.resource.replace(/\{(\w+)\}/g, (_, name: string) => found.parameters[name] ?? '');
}

/**
 * A body must come with its MD5, which the signature covers: without it, an attacker on the network could replace a
 * policy.
 */
async function readBody({ body, headers }: AdminRequest): Promise<Uint8Array> {
  const expectedMd5 = parseContentMd5(headers.get('content-md5'));
  const document = await body.readAll(
    BODY_LENGTH_BYTES_MAX,
    () => new OssError('EntityTooLarge', { message: `The body is longer than ${BODY_LENGTH_BYTES_MAX} bytes.` }),
  );
  if (document.length === 0) return document;
  if (expectedMd5 === undefined || Buffer.compare(md5(document), expectedMd5) !== 0) {
    throw new OssError('InvalidDigest', { message: 'A body must come with its Content-MD5.' });
  }
  return document;
}

function bytes(body: Uint8Array): OperationResponse {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' },
    body,
  };
}

function json(status: number, value: object, headers: Readonly<Record<string, string>> = {}): OperationResponse {
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: Buffer.from(`${JSON.stringify(value)}\n`, 'utf8'),
  };
}
