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
 * @throws {OssError} As `authenticate`; `TooManyWrongSignatures` for a client that guesses.
 */
export async function findSender(
  received: ReceivedRequest,
  progress: RequestProgress,
  services: PipelineServices,
): Promise<SentRequest> {
  const { failures, directory, context, domains } = services;
  const refreshing = domains?.refresh(received.host);
  if (refreshing !== undefined) await refreshing;
  const target = readTarget(received, services);
  const [{ bucket }] = target.candidates;
  if (bucket !== undefined) progress.namedBucket = bucket;
  // A browser asks before it signs, with the query of the request it asks about: that signature is of another method.
  if (received.method === 'OPTIONS') return { received, target, caller: ANONYMOUS, address: target.candidates[0] };
  const { caller, address } = await failures.guard(
    received.clientAddress,
    () => claimedAccessKeyId({ method: received.method, query: target.query, headers: received.wireHeaders }),
    () => authenticate(received, target, directory, context.settings),
  );
  return { received, target, caller, address };
}

/**
 * Finds out who sent a form. Its fields in front of the file say who asks for what; every other request says so in its
 * head and stays as it is.
 * @returns The request that the form stands for.
 * @throws {OssError} For a form, a signature or a policy that is not right.
 */
export async function findFormSender(
  row: AnyOperation,
  request: IdentifiedRequest,
  { directory, failures, context }: PipelineServices,
): Promise<IdentifiedRequest> {
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
