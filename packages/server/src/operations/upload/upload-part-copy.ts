/**
 * UploadPartCopy: `PUT /KEY?partNumber=N&uploadId=ID` with `x-oss-copy-source`. A range that is malformed or does not
 * lie within the source copies the whole source, as the public service does.
 */
import { OssError, quoteEtag, REQUEST_HEADERS, renderCopyPartResult, resolveRange } from '@annals/protocol';
import type { CopyPartInput, CopyPartResult } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import {
  checkCopyConditions,
  copySourceHeaders,
  copySourcePermission,
  readCopySource,
  refuseDeleteMarkerSource,
} from '../answering/copy-source.js';
import { xmlResponse } from '../answering/xml-response.js';
import { encryptionHeaders } from '../reading/encryption-headers.js';
import { readTrafficLimit } from '../reading/traffic-limit.js';
import { readPartNumber, readUploadTarget, requireUpload } from '../reading/upload-id.js';

/** Makes a part of a range of an object: `UploadPartCopy`. */
export const uploadPartCopy = defineOperation<'UploadPartCopy', CopyPartInput, CopyPartResult>({
  name: 'UploadPartCopy',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'A range that is malformed or not within the source copies all of it. From an appendable object: 400 ' +
    '`OperationNotSupported` unless `appendable.copy` allows it. A source that is a delete marker, named by its ' +
    'id, is `InvalidArgument`; a symlink is `OperationNotSupported`. The answer also has `ETag` and ' +
    '`x-oss-hash-crc64ecma`.',
  permissions: (request) => [copySourcePermission(request), { action: 'oss:PutObject', access: 'write' }],
  requireTarget: requireUpload,
  parse(request, { settings }) {
    const partNumber = readPartNumber(request);
    const rangeHeader = request.headers.get(REQUEST_HEADERS.copySourceRange);
    // Nothing of the bytes passes through this connection; the header is only checked.
    readTrafficLimit(request);
    const lengthMax = settings.limits.bodyLengthBytesMax;
    return {
      ...readUploadTarget(request),
      partNumber,
      source: readCopySource(request),
      lengthMax,
      select(source) {
        checkCopyConditions(request, source);
        const range = resolveRange(rangeHeader, source.length);
        const { start, end } = range.kind === 'partial' ? range : { start: 0, end: source.length };
        if (end - start > lengthMax) {
          throw new OssError('EntityTooLarge', {
            message: 'Source object Length exceeds the maximum allowed size.',
            details: { ProposedSize: String(end - start), MaxSizeAllowed: String(lengthMax) },
          });
        }
        return { start, end };
      },
    };
  },
  handle: (input, { store }) => refuseDeleteMarkerSource(store.copyPart(input)),
  render: ({ part, source }) =>
    xmlResponse(renderCopyPartResult({ etag: part.etag, lastModifiedMs: part.lastModifiedAtMs }), {
      ETag: quoteEtag(part.etag),
      'x-oss-hash-crc64ecma': part.crc64.toString(),
      ...encryptionHeaders(part),
      ...copySourceHeaders(source),
    }),
});
