/** The part of the conformance driver that uploads in parts and copies, over HTTP. */
import { parseXml, percentDecode, type XmlElement } from '@annals/protocol';
import type { BodySource, VersionTarget } from '@annals/store';
import type { UploadDriver } from '@annals/store/conformance';
import type { RawAnswer } from '../harness/http-exchange.js';
import { encode } from '../harness/sign-request.js';
import type { TestRequest, TestServer } from '../harness/test-server.js';

/** @param send Signs, sends, and throws what the driver's `failureOf` understands. */
export function openHttpUploadDriver(
  server: Pick<TestServer, 'store'>,
  send: (request: TestRequest) => Promise<RawAnswer>,
): UploadDriver {
  return {
    async initiate({ bucket, key }, { contentType, user = {} } = {}) {
      const headers = {
        ...(contentType !== undefined && { 'content-type': contentType }),
        ...metadataHeaders(user),
      };
      const { body } = await send({ method: 'POST', bucket, key, query: { uploads: '' }, headers });
      return { bucket, key, uploadId: text(parseXml(body), 'UploadId') };
    },
    async uploadPart({ bucket, key, uploadId }, partNumber, body, { expectedMd5 } = {}) {
      const { headers } = await send({
        method: 'PUT',
        bucket,
        key,
        query: { partNumber: String(partNumber), uploadId },
        headers: {
          ...lengthHeader(body),
          ...(expectedMd5 !== undefined && { 'content-md5': Buffer.from(expectedMd5).toString('base64') }),
        },
        body: body.open(),
      });
      return { partNumber, etag: unquoted(headers.etag) };
    },
    async copyPart({ bucket, key, uploadId }, partNumber, source, range) {
      const { body } = await send({
        method: 'PUT',
        bucket,
        key,
        query: { partNumber: String(partNumber), uploadId },
        headers: {
          'x-oss-copy-source': copySource(source),
          ...(range !== undefined && { 'x-oss-copy-source-range': `bytes=${range.start}-${range.end - 1}` }),
        },
      });
      return { partNumber, etag: unquoted(text(parseXml(body), 'ETag')) };
    },
    async complete({ bucket, key, uploadId }, parts, { forbidOverwrite = false } = {}) {
      const { headers, body } = await send({
        method: 'POST',
        bucket,
        key,
        query: { uploadId },
        headers: {
          ...(forbidOverwrite && { 'x-oss-forbid-overwrite': 'true' }),
          ...(parts === 'all' && { 'x-oss-complete-all': 'yes' }),
        },
        ...(parts !== 'all' && { body: completeDocument(parts) }),
      });
      const etag = unquoted(text(parseXml(body), 'ETag'));
      if (etag !== unquoted(headers.etag)) throw new Error('The etags of header and document differ');
      return { etag, crc64: BigInt(headers['x-oss-hash-crc64ecma'] ?? '') };
    },
    async abort({ bucket, key, uploadId }) {
      await send({ method: 'DELETE', bucket, key, query: { uploadId } });
    },
    async listParts({ bucket, key, uploadId }, { after, limit }) {
      const query = { uploadId, 'max-parts': String(limit), 'part-number-marker': String(after) };
      const root = parseXml((await send({ method: 'GET', bucket, key, query })).body);
      return {
        parts: elements(root, 'Part').map((part) => ({
          partNumber: Number(text(part, 'PartNumber')),
          etag: unquoted(text(part, 'ETag')),
          length: Number(text(part, 'Size')),
          crc64: BigInt(text(part, 'HashCrc64ecma')),
        })),
        isTruncated: text(root, 'IsTruncated') === 'true',
      };
    },
    async listUploads({ bucket, prefix, delimiter, afterKey, afterUploadId, limit }) {
      const { body } = await send({
        method: 'GET',
        bucket,
        query: {
          uploads: '',
          'encoding-type': 'url',
          'max-uploads': String(limit),
          ...(prefix !== '' && { prefix }),
          ...(delimiter !== '' && { delimiter }),
          ...(afterKey !== '' && { 'key-marker': afterKey }),
          ...(afterUploadId !== undefined && { 'upload-id-marker': afterUploadId }),
        },
      });
      const root = parseXml(body);
      const isTruncated = text(root, 'IsTruncated') === 'true';
      const nextUploadId = text(root, 'NextUploadIdMarker');
      return {
        uploads: elements(root, 'Upload').map((upload) => ({
          key: decoded(text(upload, 'Key')),
          uploadId: text(upload, 'UploadId'),
        })),
        commonPrefixes: elements(root, 'CommonPrefixes').map((prefixes) => decoded(text(prefixes, 'Prefix'))),
        isTruncated,
        next: isTruncated
          ? { key: decoded(text(root, 'NextKeyMarker')), uploadId: nextUploadId === '' ? undefined : nextUploadId }
          : undefined,
      };
    },
    async copy({ bucket, key }, source, { user, forbidOverwrite = false } = {}) {
      const { headers, body } = await send({
        method: 'PUT',
        bucket,
        key,
        headers: {
          'x-oss-copy-source': copySource(source),
          ...(forbidOverwrite && { 'x-oss-forbid-overwrite': 'true' }),
          ...(user !== undefined && { 'x-oss-metadata-directive': 'REPLACE', ...metadataHeaders(user) }),
        },
      });
      const etag = unquoted(text(parseXml(body), 'ETag'));
      return { etag, crc64: BigInt(headers['x-oss-hash-crc64ecma'] ?? '') };
    },
    async allowAppendableCopy(bucket) {
      await server.store.updateBucket(bucket, { appendable: { copy: 'allow' } });
    },
    countUploads: (bucket) => server.store.bucketStatistics(bucket),
  };
}

/** The body of CompleteMultipartUpload. */
export function completeDocument(parts: readonly { readonly partNumber: number; readonly etag: string }[]): string {
  const elementOf = ({ partNumber, etag }: { partNumber: number; etag: string }) =>
    `<Part><PartNumber>${partNumber}</PartNumber><ETag>"${etag}"</ETag></Part>`;
  return `<CompleteMultipartUpload>${parts.map(elementOf).join('')}</CompleteMultipartUpload>`;
}

/** The value of `x-oss-copy-source`. */
export function copySource({ bucket, key, versionId }: VersionTarget): string {
  const path = `/${bucket}/${key.split('/').map(encode).join('/')}`;
  return versionId === undefined ? path : `${path}?versionId=${encode(versionId)}`;
}

function metadataHeaders(user: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(user).map(([name, value]) => [`x-oss-meta-${name}`, value]));
}

function lengthHeader({ length }: BodySource): Record<string, string> {
  return length === undefined ? {} : { 'content-length': String(length) };
}

function elements(root: XmlElement, name: string): readonly XmlElement[] {
  return root.children.filter((child) => child.name === name);
}

function text(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? '';
}

function unquoted(etag: string | undefined): string {
  if (etag === undefined || !/^".*"$/.test(etag)) throw new Error(`The etag ${etag} is not quoted`);
  return etag.slice(1, -1);
}

function decoded(encoded: string): string {
  const result = percentDecode(encoded);
  if ('text' in result) return result.text;
  throw new Error(`"${encoded}" is not percent-encoded UTF-8`);
}
