/** UploadPart: `PUT /KEY?partNumber=N&uploadId=ID`. The body is read only when there is such an upload. */
import { formatContentMd5, quoteEtag } from '@annals/protocol';
import type { BodySource, PartRecord, UploadPartInput } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { encryptionHeaders } from '../reading/encryption-headers.js';
import { readExpectedDigests } from '../reading/expected-digests.js';
import { readTrafficLimit } from '../reading/traffic-limit.js';
import { checkAnnouncedBody, uploadBody } from '../reading/upload-body.js';
import { readPartNumber, readUploadTarget, requireUpload } from '../reading/upload-id.js';

interface PartInput {
  readonly part: UploadPartInput;
  readonly body: BodySource;
}

/** Stores a part of an upload: `UploadPart`. */
export const uploadPart = defineOperation<'UploadPart', PartInput, PartRecord>({
  name: 'UploadPart',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'An empty part is accepted. The length of a part is judged when the upload is completed.',
  isUpload: true,
  permissions: ownAction('write'),
  requireTarget: requireUpload,
  parse(request, context) {
    const partNumber = readPartNumber(request);
    const expected = readExpectedDigests(request);
    const bytesPerSecond = readTrafficLimit(request);
    checkAnnouncedBody(request, context);
    const lengthMax = context.settings.limits.bodyLengthBytesMax;
    return {
      part: { ...readUploadTarget(request), partNumber, expected, lengthMax },
      body: uploadBody(request, context, bytesPerSecond),
    };
  },
  handle: ({ part, body }, { store }) => store.uploadPart(part, body),
  render: ({ etag, crc64, md5, ...part }) => ({
    status: 200,
    headers: {
      ETag: quoteEtag(etag),
      'x-oss-hash-crc64ecma': crc64.toString(),
      'Content-MD5': formatContentMd5(md5),
      ...encryptionHeaders(part),
    },
  }),
});
