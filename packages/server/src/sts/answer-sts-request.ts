/**
 * The life of a request in the STS dialect: parameters -> signature -> action -> answer, or error from wherever it
 * stops. Leaves out sockets: the caller of this function passes the request on whole.
 */
import { randomUUID } from 'node:crypto';
import { renderXml, type XmlContent } from '@annals/protocol';
import { isFailure } from '@annals/store';
import { principalArn } from '../policy/principal.js';
import { isAcs3, readAcs3Authentication, requireHeader } from './acs3-signature.js';
import { type AssumeRoleServices, assumeRole, neverMatchingInSession } from './assume-role.js';
import { getCallerIdentity } from './get-caller-identity.js';
import { readRpcAuthentication } from './rpc-signature.js';
import { authenticateStsCaller, type StsCaller, type StsCallerServices } from './sts-caller.js';
import { renderStsError, StsError, type StsFormat } from './sts-error.js';
import { readStsParameters, requireParameter, type StsHttpRequest, type StsParameters } from './sts-request.js';

/** What answering takes. Built once per server. */
export type StsServices = StsCallerServices & AssumeRoleServices;

/** What policies may ask about the connection. */
export interface StsConnection {
  readonly sourceIp: string | undefined;
  readonly isSecure: boolean;
}

/** What is sent back. */
export interface StsHttpResponse {
  readonly status: number;
  readonly contentType: string;
  readonly requestId: string;
  readonly body: string;
  /** Set when the answer is an error. Its cause is for the log. */
  readonly error?: StsError;
  /** Set when a temporary key was made. */
  readonly lent?: LentKey;
  /** Actions of its session policy that never match. */
  readonly neverMatching?: readonly string[];
  /** Set when a caller without the right asked for one. */
  readonly denied?: { readonly caller: StsCaller; readonly roleArn: string };
}

/** A temporary key that was made: whose, and of what. Without its secret. */
export interface LentKey {
  readonly borrower: StsCaller;
  readonly accessKeyId: string;
  readonly roleArn: string;
  readonly expiration: string;
}

const VERSION = '2015-04-01';

/** Answers a request. Never throws: what is unexpected becomes `InternalError`, with its cause for the log. */
export async function answerStsRequest(
  request: StsHttpRequest,
  connection: StsConnection,
  services: StsServices,
): Promise<StsHttpResponse> {
  const requestId = randomUUID().toUpperCase();
  // What the errors before the parameters are written in.
  let format: StsFormat = isAcs3(request) ? 'JSON' : 'XML';
  const asked: AskedRole = {};
  try {
    if (request.method !== 'GET' && request.method !== 'POST') throw new StsError('InvalidAction.NotFound');
    const parameters = readStsParameters(request);
    format = formatOf(parameters, format);
    const {
      action,
      answer,
      lent,
      neverMatching = [],
    } = await perform(request, parameters, connection, services, asked);
    const document = { RequestId: requestId, ...answer };
    return {
      status: 200,
      requestId,
      contentType: contentTypeOf(format),
      body: format === 'JSON' ? JSON.stringify(document) : renderXml(`${action}Response`, document),
      ...(lent !== undefined && { lent }),
      ...(neverMatching.length > 0 && { neverMatching }),
    };
  } catch (thrown) {
    const error = toStsError(thrown);
    return {
      status: error.status,
      requestId,
      contentType: contentTypeOf(format),
      body: renderStsError(error, { requestId, host: request.host, format }),
      error,
      ...(error.code === 'NoPermission' && asked.denied !== undefined && { denied: asked.denied }),
    };
  }
}

/** What the store cannot do now is for later, as everywhere. */
function toStsError(thrown: unknown): StsError {
  if (thrown instanceof StsError) return thrown;
  const isForLater = isFailure(thrown) && (thrown.reason.kind === 'unavailable' || thrown.reason.kind === 'contended');
  return new StsError(isForLater ? 'ServiceUnavailable' : 'InternalError', { cause: thrown });
}

/** Filled in on the way: what stays when the request is refused. */
interface AskedRole {
  denied?: NonNullable<StsHttpResponse['denied']>;
}

interface Performed {
  readonly action: string;
  readonly answer: XmlContent;
  readonly lent?: LentKey;
  readonly neverMatching?: readonly string[];
}

async function perform(
  request: StsHttpRequest,
  parameters: StsParameters,
  { sourceIp, isSecure }: StsConnection,
  services: StsServices,
  asked: AskedRole,
): Promise<Performed> {
  const isNew = isAcs3(request);
  const authentication = isNew ? readAcs3Authentication(request) : readRpcAuthentication(request.method, parameters);
  const action = isNew ? requireHeader(request, 'x-acs-action') : requireParameter(parameters, 'Action');
  const version = isNew ? requireHeader(request, 'x-acs-version') : requireParameter(parameters, 'Version');
  const caller = await authenticateStsCaller(authentication, request.receivedAtMs, services);
  if (version !== VERSION) throw new StsError('InvalidVersion');
  switch (action) {
    case 'AssumeRole': {
      asked.denied = { caller, roleArn: parameters.get('RoleArn') ?? '' };
      const answer = await assumeRole(parameters, caller, factsOf(request, caller, { sourceIp, isSecure }), services);
      const { AccessKeyId, Expiration } = answer.Credentials;
      const { Arn } = answer.AssumedRoleUser;
      return {
        action,
        answer: { ...answer },
        lent: { borrower: caller, accessKeyId: AccessKeyId, roleArn: Arn, expiration: Expiration },
        neverMatching: neverMatchingInSession(parameters),
      };
    }
    case 'GetCallerIdentity':
      return { action, answer: { ...getCallerIdentity(caller.principal) } };
    default:
      throw new StsError('InvalidAction.NotFound');
  }
}

function factsOf(request: StsHttpRequest, caller: StsCaller, { sourceIp, isSecure }: StsConnection) {
  return {
    receivedAtMs: request.receivedAtMs,
    isSecure,
    sourceIp,
    userAgent: request.headers.get('user-agent'),
    accessKeyId: caller.accessKeyId,
    principalArn: principalArn(caller.principal),
    // A role has neither.
    bucketTags: async () => undefined,
    existingObjectTags: async () => undefined,
  };
}

function formatOf(parameters: StsParameters, standard: StsFormat): StsFormat {
  const format = parameters.get('Format')?.toUpperCase();
  return format === 'JSON' || format === 'XML' ? format : standard;
}

function contentTypeOf(format: StsFormat): string {
  return format === 'JSON' ? 'application/json;charset=utf-8' : 'text/xml;charset=utf-8';
}
