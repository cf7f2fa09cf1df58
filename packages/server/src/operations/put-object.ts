/** PutObject: `PUT /KEY`. Creates or replaces an object from one body. Copying (`x-oss-copy-source`) is an operation of its own. */
import { formatContentMd5, OssError, parseForbidOverwrite, refuseConditionalWrite } from '@annals/protocol';
import type { BodySource, ObjectHead, PutInput } from '@annals/store';
import { refuseEncryption } from './encryption-headers.js';
import { readExpectedDigests } from './expected-digests.js';
import { headerRecord } from './header-record.js';
import { writtenObjectHeaders } from './object-response-headers.js';
import { defineOperation, type OperationContext, type OperationRequest } from './operation.js';
import { putObjectPermissions } from './put-object-permissions.js';
import { readAttributes } from './read-attributes.js';
import { findCallback } from './refused-headers.js';
import { requireObject } from './request-target.js';
import { readTrafficLimit } from './traffic-limit.js';
import { checkAnnouncedBody, uploadBody } from './upload-body.js';

interface PutObjectInput {
  readonly put: PutInput;
  readonly body: BodySource;
}

export const putObject = defineOperation<PutObjectInput, ObjectHead>({
  name: 'PutObject',
  permissions: putObjectPermissions,
  parse: parsePutObject,
  handle: ({ put, body }, { store }) => store.putObject(put, body),
  render(head) {
    return {
      status: 200,
      headers: {
        ...writtenObjectHeaders(head),
        ...(head.md5 !== undefined && { 'Content-MD5': formatContentMd5(head.md5) }),
      },
    };
  },
});

async function parsePutObject(request: OperationRequest, context: OperationContext): Promise<PutObjectInput> {
  refuseConditionalWrite(headerRecord(request));
  refuseCallback(request);
  refuseEncryption(request);
  const forbidOverwrite = parseForbidOverwrite(request.headers.get('x-oss-forbid-overwrite'));
  const expected = readExpectedDigests(request);
  const bytesPerSecond = readTrafficLimit(request);
  const target = requireObject(request);
  const bucket = await context.store.getBucket(target.bucket);
  const attributes = readAttributes(request, bucket);
  checkAnnouncedBody(request, context);
  return {
    put: {
      ...target,
      // Whoever may write into a bucket, what is in it belongs to the bucket's owner.
      ownerId: bucket.ownerId,
      attributes,
      forbidOverwrite,
      expected,
      lengthMax: context.settings.limits.bodyLengthBytesMax,
    },
    body: uploadBody(request, context, bytesPerSecond),
  };
}

/** A client that asks for a callback waits for its application's answer; storing without calling would leave it believing in one. */
function refuseCallback(request: OperationRequest): void {
  const name = findCallback(request);
  if (name === undefined) return;
  throw new OssError('NotImplemented', {
    status: 501,
    message: 'Callbacks are not implemented by this server. Nothing was stored.',
    details: { Header: name },
  });
}
