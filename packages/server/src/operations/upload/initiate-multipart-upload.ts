/**
 * InitiateMultipartUpload: `POST /KEY?uploads`. Takes the headers of PutObject for the object it will become. With
 * `sequential` its parts have to come in order, and the object has an MD5 of the whole.
 */
import {
  type EncodingType,
  parseEncodingType,
  parseForbidOverwrite,
  refuseConditionalWrite,
  renderInitiateMultipartUploadResult,
} from '@annals/protocol';
import type { InitiateUploadInput, UploadRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { xmlResponse } from '../answering/xml-response.js';
import { encryptionHeaders } from '../reading/encryption-headers.js';
import { readNewObject } from '../reading/new-object.js';
import { putObjectPermissions } from '../reading/put-object-permissions.js';
import { formatUploadId } from '../reading/upload-id.js';

interface InitiateMultipartUploadInput {
  readonly initiate: InitiateUploadInput;
  readonly encodingType: EncodingType | undefined;
}

/** Begins an upload in parts: `InitiateMultipartUpload`. */
export const initiateMultipartUpload = defineOperation<
  'InitiateMultipartUpload',
  InitiateMultipartUploadInput,
  UploadRecord
>({
  name: 'InitiateMultipartUpload',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'With `sequential` parts have to come in order from 1, the last one again at most (`PartNotSequential`), ' +
    'and the object has a `Content-MD5` of the whole, unless a part is left out. `versionId` and ' +
    '`If-Modified-Since` are ignored: Go V1 and ossutil send them along; other conditions are refused.',
  choosesEncryption: () => true,
  permissions: putObjectPermissions,
  async parse(request) {
    // Go V1 and ossutil send both along when they copy a large version; to the beginning of an upload they mean
    // nothing, the parts' source says it.
    refuseConditionalWrite(request.headers, (name) => name === 'if-modified-since');
    const forbidOverwrite = parseForbidOverwrite(request.headers.get('x-oss-forbid-overwrite'));
    const encodingType = parseEncodingType(request.query.get('encoding-type'));
    const object = await readNewObject(request);
    const isSequential = request.query.has('sequential');
    return { initiate: { ...object, forbidOverwrite, isSequential }, encodingType };
  },
  handle: ({ initiate }, { store }) => store.initiateUpload(initiate),
  render: ({ bucket, key, uploadId, attributes }, { encodingType }) =>
    xmlResponse(
      renderInitiateMultipartUploadResult({
        bucket,
        key,
        uploadId: formatUploadId(uploadId),
        ...(encodingType !== undefined && { encodingType }),
      }),
      encryptionHeaders(attributes),
    ),
});
