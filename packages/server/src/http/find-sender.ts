/**
 * The first steps of a request: what its target could mean, and who signed which reading of it. Leaves out the
 * operation (`identify.ts`).
 */
import { type FormSignature, parseRequestTarget, type RequestTarget } from '@annals/protocol';
import { ANONYMOUS } from '../auth/access-key-directory.js';
import { authenticate } from '../auth/authenticate.js';
import { authenticateForm } from '../auth/authenticate-form.js';
import { claimedAccessKeyId } from '../auth/failed-signature-limit.js';
import type { AnyOperation } from '../operation-row/operation-row.js';
import type { IdentifiedRequest, SentRequest } from '../request/identified-request.js';
import type { ReceivedRequest } from '../request/received-request.js';
import type { RequestProgress } from '../request/request-progress.js';
import type { PipelineServices } from './pipeline-services.js';

/**
 * Reads the target of a request.
 * @throws {OssError} As `parseRequestTarget`.
 */
export function readTarget({ target, host }: ReceivedRequest, { context, domains }: PipelineServices): RequestTarget {
  return parseRequestTarget({
    target,
    host,
    domains: context.settings.domains,
    ...(domains !== undefined && {
      bucketOfHost: (name: string) => domains.bucketOf(name),
      isMappedHostShared: true,
    }),
  });
}

/**
 * Finds out who sent a request.
 * @param progress Receives the bucket that the request seems to name.
 * @returns At once where nothing has to be read: most requests are signed with a key that is in memory.
 * @throws {OssError} At once or by the promise, as `authenticate`; `TooManyWrongSignatures` for a client that guesses.
 */
export function findSender(
  received: ReceivedRequest,
  progress: RequestProgress,
  services: PipelineServices,
): SentRequest | Promise<SentRequest> {
  const refreshing = services.domains?.refresh(received.host);
  const find = (): SentRequest | Promise<SentRequest> => senderOf(received, progress, services);
  return refreshing === undefined ? find() : refreshing.then(find);
}

function senderOf(
  received: ReceivedRequest,
  progress: RequestProgress,
  services: PipelineServices,
): SentRequest | Promise<SentRequest> {
  const { failures, directory, context } = services;
  const target = readTarget(received, services);
  const [{ bucket }] = target.candidates;
  if (bucket !== undefined) progress.namedBucket = bucket;
  // A browser asks before it signs, with the query of the request it asks about: that signature is of another method.
  if (received.method === 'OPTIONS') return { received, target, caller: ANONYMOUS, address: target.candidates[0] };
  const sender = failures.guard(
    received.clientAddress,
    () => claimedAccessKeyId({ method: received.method, query: target.query, headers: received.wireHeaders }),
    () => authenticate(received, target, directory, context.settings),
  );
  return sender instanceof Promise
    ? sender.then(({ caller, address }) => ({ received, target, caller, address }))
    : { received, target, caller: sender.caller, address: sender.address };
}

/**
 * Finds out who sent a form. Its fields in front of the file say who asks for what; every other request says so in its
 * head and stays as it is.
 * @returns The request that the form stands for; at once the request itself where it is no form.
 * @throws {OssError} For a form, a signature or a policy that is not right.
 */
export function findFormSender(
  row: AnyOperation,
  request: IdentifiedRequest,
  { directory, failures, context }: PipelineServices,
): Promise<IdentifiedRequest> | IdentifiedRequest {
  if (row.unwrap === undefined) return request;
  const { clock, settings } = context;
  return row.unwrap(request, {
    anonymous: ANONYMOUS,
    clock,
    authenticateForm: (signature: FormSignature) =>
      failures.guard(
        request.clientAddress,
        () => signature.accessKeyId,
        () => authenticateForm(signature, clock(), directory, settings),
      ),
  });
}
