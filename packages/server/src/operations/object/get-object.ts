/**
 * GetObject: `GET /KEY[?versionId=ID]`, whole or in ranges. What is sent is one moment of the object, however it grows
 * meanwhile. Objects of the archive classes must be restored first, or their bucket allow direct reads.
 */
import {
  formatContentRange,
  isRangeWanted,
  OssError,
  type RangeBehavior,
  type RangeResult,
  resolveRange,
} from '@annals/protocol';
import type { ObjectHead, OpenedObject, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { OperationResponse } from '../../response.js';
import { restoreHeaders } from '../answering/archived-object.js';
import { expirationHeaders } from '../answering/expiration-headers.js';
import {
  type CompressibleAnswer,
  compressedHeaders,
  gzipStream,
  isSentCompressed,
  uncompressedHeaders,
} from '../answering/gzip-body.js';
import { multipartByteranges } from '../answering/multipart-byteranges.js';
import { objectResponseHeaders } from '../answering/object-response-headers.js';
import { openReadable } from '../answering/open-readable.js';
import { checkPreconditions, notModifiedResponse } from '../answering/preconditions.js';
import { readResponseOverrides } from '../answering/response-overrides.js';
import { limitTraffic, readTrafficLimit } from '../reading/traffic-limit.js';
import { readVersionTarget } from '../reading/version-id.js';

interface GetObjectInput {
  readonly target: VersionTarget;
  readonly rangeHeader: string | undefined;
  readonly ifRangeHeader: string | undefined;
  readonly rangeBehavior: RangeBehavior;
  readonly overrides: Readonly<Record<string, string>>;
  readonly bytesPerSecond: number | undefined;
}

type SatisfiableRange = Exclude<RangeResult, { kind: 'unsatisfiable' }>;

interface GetObjectOutput {
  readonly opened: OpenedObject;
  readonly range: SatisfiableRange | 'not-modified';
  /** What is sent, where it is short and was read in one piece. */
  readonly bytes: Uint8Array | undefined;
  readonly expiration: Readonly<Record<string, string>>;
}

/** Reads an object, whole or a range: `GetObject`. */
export const getObject = defineOperation<'GetObject', GetObjectInput, GetObjectOutput>({
  name: 'GetObject',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'A range of a growing object belongs to one moment of it, and counts only while `If-Range` names that ' +
    'state: by its strong etag (with or without quotes) or exactly its time. `bytes=-0` is 416. Texts are ' +
    'compressed as documented; the CRC-64 header stays and is of the uncompressed bytes. Objects of the archive ' +
    'classes must be restored first, or lie in a bucket with direct read (class Archive). `x-oss-process` is ' +
    'refused with 501. The current version has `x-oss-expiration`; a version named by its id, and a link, do not.',
  permissions: ownAction('read'),
  parse(request) {
    const { headers } = request;
    return {
      target: readVersionTarget(request),
      rangeHeader: headers.get('range'),
      ifRangeHeader: headers.get('if-range'),
      rangeBehavior: {
        standard: headers.get('x-oss-range-behavior')?.toLowerCase() === 'standard',
        multiRange: headers.get('x-oss-multi-range-behavior')?.toLowerCase() === 'multi-range',
      },
      overrides: readResponseOverrides(request),
      bytesPerSecond: readTrafficLimit(request),
    };
  },
  async handle(input, context, request, requirePermission) {
    const opened = await openReadable(input.target, context, requirePermission);
    try {
      const range = selectRange(input, opened, request);
      const bytes = await readShort(opened, range, input);
      return { opened, range, bytes, expiration: await expirationHeaders(request, opened.head) };
    } catch (error) {
      opened.release();
      throw error;
    }
  },
  render({ opened, range, bytes, expiration }, input, request, { clock }) {
    const response =
      range === 'not-modified'
        ? notModifiedResponse(opened.head, shownHeaders(opened.head, headersOf(opened.head, input)))
        : content({ opened, range, bytes }, input, request);
    const headers = Object.assign(response.headers, restoreHeaders(opened.head, clock()), expiration);
    return { ...response, headers, release: () => opened.release() };
  },
});

/** @throws {OssError} `PreconditionFailed`, `InvalidRange` or `MultiRangeFailed`. */
function selectRange(
  input: GetObjectInput,
  { head }: OpenedObject,
  request: OperationRequest,
): SatisfiableRange | 'not-modified' {
  if (checkPreconditions(request, head) === 'not-modified') return 'not-modified';
  const isWanted = isRangeWanted(input.ifRangeHeader, { etag: head.etag, lastModifiedMs: head.lastModifiedAtMs });
  const range = resolveRange(isWanted ? input.rangeHeader : undefined, head.length, input.rangeBehavior);
  if (range.kind !== 'unsatisfiable') return range;
  throw new OssError('InvalidRange', { headers: { 'Content-Range': `bytes */${head.length}` } });
}

/** A client that asks for a speed gets a stream, which can be held back. */
async function readShort(
  opened: OpenedObject,
  range: SatisfiableRange | 'not-modified',
  { bytesPerSecond }: GetObjectInput,
): Promise<Uint8Array | undefined> {
  if (range === 'not-modified' || range.kind === 'multiple' || bytesPerSecond !== undefined) return undefined;
  return opened.readAtOnce(sentRange(range, opened.head));
}

function sentRange(range: Exclude<SatisfiableRange, { kind: 'multiple' }>, { length }: ObjectHead) {
  return range.kind === 'partial' ? range : { start: 0, end: length };
}

/** Headers of the object as the request wants them. */
function headersOf(head: ObjectHead, { overrides }: GetObjectInput): Record<string, string> {
  return Object.assign(objectResponseHeaders(head), overrides);
}

/** Headers of the object as it is sent where it is not compressed. */
function shownHeaders(head: ObjectHead, headers: Readonly<Record<string, string>>): Record<string, string> {
  return uncompressedHeaders({ lengthBytes: head.length, headers });
}

function content(
  { opened, range, bytes }: Pick<GetObjectOutput, 'opened' | 'bytes'> & { readonly range: SatisfiableRange },
  input: GetObjectInput,
  request: OperationRequest,
): OperationResponse {
  const { head } = opened;
  const { bytesPerSecond, rangeHeader } = input;
  const shown = headersOf(head, input);
  const headers = shownHeaders(head, shown);
  const limited = (stream: AsyncIterable<Uint8Array>, lengthBytes: number) =>
    limitTraffic(stream, lengthBytes, bytesPerSecond, request);
  if (range.kind === 'multiple') {
    const contentType = headers['Content-Type'] ?? 'application/octet-stream';
    const body = multipartByteranges(range.ranges, contentType, head.length, request.id, (part) => opened.read(part));
    return {
      status: 206,
      headers: { ...headers, 'Content-Type': body.contentType },
      body: { length: body.length, stream: limited(body.stream, body.length) },
    };
  }
  const compressible: CompressibleAnswer = {
    acceptEncoding: request.headers.get('accept-encoding'),
    hasRange: rangeHeader !== undefined,
    lengthBytes: head.length,
    headers: shown,
  };
  if (isSentCompressed(compressible)) {
    const stream = gzipStream(opened.read({ start: 0, end: head.length }));
    return {
      status: 200,
      headers: compressedHeaders(shown),
      body: { length: undefined, stream: limited(stream, head.length) },
    };
  }
  const { start, end } = sentRange(range, head);
  return {
    status: range.kind === 'partial' ? 206 : 200,
    headers:
      range.kind === 'partial' ? { ...headers, 'Content-Range': formatContentRange(range, head.length) } : headers,
    body: bytes ?? { length: end - start, stream: limited(opened.read({ start, end }), end - start) },
  };
}
