/**
 * What the operations that bring the bytes of a new object read alike: PutObject, PostObject, AppendObject,
 * InitiateMultipartUpload, and PutSymlink in part. Leaves out what only one of them takes, and callbacks
 * (`../answering/upload-callback.ts`).
 */
import { parseForbidOverwrite, refuseConditionalWrite } from '@annals/protocol';
import type { BodySource, ObjectAttributes, ObjectTarget, PutInput } from '@annals/store';
import type { OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireObject } from '../../request/request-target.js';
import { readExpectedDigests } from './expected-digests.js';
import { readAttributes } from './read-attributes.js';
import { readTrafficLimit } from './traffic-limit.js';
import { checkAnnouncedBody, uploadBody } from './upload-body.js';

/** An object to be made, whatever its bytes are. */
interface NewObject extends ObjectTarget {
  readonly ownerId: string;
  readonly attributes: ObjectAttributes;
}

/**
 * Reads what an object is to be called, whose it is, and what its writer chooses for it.
 * @param hasTags Whether tags count at all. Default: they do.
 * @throws {OssError} as `readAttributes`.
 * @throws {StoreFailure} `no-such-bucket`.
 */
export async function readNewObject(request: OperationRequest, hasTags = true): Promise<NewObject> {
  const target = requireObject(request);
  const bucket = await request.bucketRecord();
  // Every object in a bucket belongs to the bucket's owner, also when another caller wrote it.
  return { ...target, ownerId: bucket.ownerId, attributes: readAttributes(request, bucket, hasTags) };
}

/** An object to be stored whole, and its bytes, still unread. */
export interface PutRequest {
  readonly put: PutInput;
  readonly body: BodySource;
}

/**
 * Reads an object that comes whole, in a body of its own or in a form. The body's announced length is checked last.
 * @throws {OssError} For a condition, and for any header that says nothing sensible; `MissingContentLength`, or
 *   `InvalidArgument` for a body that is announced as longer than the settings allow.
 * @throws {StoreFailure} `no-such-bucket`.
 */
export async function readPutInput(request: OperationRequest, context: OperationContext): Promise<PutRequest> {
  refuseConditionalWrite(request.headers);
  const forbidOverwrite = parseForbidOverwrite(request.headers.get('x-oss-forbid-overwrite'));
  const expected = readExpectedDigests(request);
  const bytesPerSecond = readTrafficLimit(request);
  const object = await readNewObject(request);
  checkAnnouncedBody(request, context);
  const lengthMax = context.settings.limits.bodyLengthBytesMax;
  return {
    put: { ...object, forbidOverwrite, expected, lengthMax },
    body: uploadBody(request, context, bytesPerSecond),
  };
}
