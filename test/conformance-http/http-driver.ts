/**
 * The object store's conformance driver over HTTP: every call is a raw signed request to a real server, every answer is
 * read from the wire. So one suite proves storage, parsing, error mapping and rendering together. What has no operation
 * yet (rules of one bucket, statistics) goes straight to the store behind the server.
 */
import { parseXml, percentDecode, type XmlElement } from '@annals/protocol';
import type { BodySource, ObjectAcl, ObjectType, StoreFailureKind } from '@annals/store';
import type {
  DriverAppend,
  DriverCapability,
  DriverListResult,
  DriverPut,
  ObjectStoreDriver,
  ObservedFailure,
  ObservedHead,
} from '@annals/store/conformance';
import { headOf, type RawAnswer, readBody } from '../harness/http-exchange.js';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import type { TestRequest, TestServer } from '../harness/test-server.js';
import { openHttpFollowDriver } from './http-follow-driver.js';
import { openHttpLiveChannelDriver } from './http-live-channel-driver.js';
import { openHttpUploadDriver } from './http-upload-driver.js';
import { openHttpVersionDriver } from './http-version-driver.js';

/** An error answer. */
class AnswerError extends Error {
  readonly request: TestRequest;
  readonly answer: RawAnswer;
  readonly document: XmlElement;

  constructor(request: TestRequest, answer: RawAnswer) {
    const document = errorDocument(answer);
    super(`${request.method} ${request.key ?? request.bucket ?? '/'}: ${answer.status} ${textOf(document, 'Code')}`);
    this.name = 'AnswerError';
    this.request = request;
    this.answer = answer;
    this.document = document;
  }

  get code(): string {
    return textOf(this.document, 'Code') ?? '';
  }
}

const KINDS: Readonly<Record<string, StoreFailureKind>> = {
  NoSuchBucket: 'no-such-bucket',
  BucketNotEmpty: 'bucket-not-empty',
  BucketAlreadyExists: 'bucket-already-exists',
  NoSuchKey: 'no-such-key',
  NoSuchVersion: 'no-such-version',
  MethodNotAllowed: 'version-is-delete-marker',
  ObjectNotAppendable: 'not-appendable',
  PositionNotEqualToLength: 'position-mismatch',
  FileAlreadyExists: 'already-exists',
  NoSuchUpload: 'no-such-upload',
  NoSuchLiveChannel: 'no-such-live-channel',
  InvalidPart: 'invalid-part',
  InvalidPartOrder: 'invalid-part-order',
  EntityTooSmall: 'part-too-small',
  OperationNotSupported: 'not-copyable',
  InvalidDigest: 'digest-mismatch',
  InvalidCRC64: 'digest-mismatch',
  InvalidRange: 'beyond-length',
  AppendIdConflict: 'append-id-conflict',
  WriterFenced: 'writer-fenced',
  AppendMaxLengthExceeded: 'guard-exceeded',
};

/** @param limitBodyLength Moves the server's limit of one body; without a number back to its default. */
export function openHttpDriver(
  server: Pick<TestServer, 'send' | 'begin' | 'store'>,
  limitBodyLength: (lengthBytesMax: number | undefined) => void,
): ObjectStoreDriver {
  let requestCount = 0;
  /** Every way of signing in turn. */
  const nextSignature = () => SIGNED_KINDS[requestCount++ % SIGNED_KINDS.length] ?? 'v4';

  const send = async (request: TestRequest): Promise<RawAnswer> => {
    const answer = await server.send({ ...request, signature: nextSignature() });
    if (answer.status >= 300) throw new AnswerError(request, answer);
    return answer;
  };

  return {
    capabilities: new Set<DriverCapability>([
      'bucket-overrides',
      'put-length-limit',
      'bucket-statistics',
      'uploads',
      'live-channels',
      'versioning',
      'follow',
      'append-extensions',
    ]),
    async createBucket(bucket) {
      await send({ method: 'PUT', bucket });
    },
    async deleteBucket(bucket) {
      await send({ method: 'DELETE', bucket });
    },
    async listBucketNames() {
      const names: string[] = [];
      let marker: string | undefined = '';
      while (marker !== undefined) {
        const query: Record<string, string> = { 'max-keys': '3', ...(marker !== '' && { marker }) };
        const root = parseXml((await send({ method: 'GET', query })).body);
        const buckets = root.children.find((child) => child.name === 'Buckets')?.children ?? [];
        names.push(...buckets.map((bucket) => textOf(bucket, 'Name') ?? ''));
        marker = textOf(root, 'NextMarker');
      }
      return names;
    },
    async putObject(input) {
      limitBodyLength(input.lengthMax);
      const { headers } = await send({
        ...target(input),
        method: 'PUT',
        headers: { ...uploadHeaders(input), ...(input.forbidOverwrite && { 'x-oss-forbid-overwrite': 'true' }) },
        ...bodyOf(input.body),
      });
      return written(headers);
    },
    async appendObject(input) {
      const { headers } = await send({
        ...target(input),
        method: 'POST',
        query: { append: '', position: String(input.position) },
        headers: { ...uploadHeaders(input), ...extensionHeaders(input) },
        ...bodyOf(input.body),
      });
      return {
        ...written(headers),
        nextPosition: Number(header(headers, 'x-oss-next-append-position')),
        isReplay: headers['x-oss-annals-replayed'] === 'true',
      };
    },
    async headObject(input) {
      const { headers } = await send({ ...target(input), method: 'HEAD' });
      return observedHead(headers);
    },
    async readObject(input, range) {
      const isRange = range !== undefined && range.end > range.start;
      const { body } = await send({
        ...target(input),
        method: 'GET',
        ...(isRange && { headers: { range: `bytes=${range.start}-${range.end - 1}` } }),
      });
      return body;
    },
    async openObject(input) {
      const request: TestRequest = { ...target(input), method: 'GET', signature: nextSignature() };
      const incoming = await server.begin(request);
      const head = headOf(incoming);
      if (head.status !== 200) throw new AnswerError(request, { ...head, body: await readBody(incoming) });
      return { read: () => readBody(incoming) };
    },
    async listObjects({ bucket, prefix, delimiter, after, limit }) {
      const isV2 = requestCount % 2 === 0;
      const { body } = await send({
        method: 'GET',
        bucket,
        query: {
          'encoding-type': 'url',
          'max-keys': String(limit),
          ...(prefix !== '' && { prefix }),
          ...(delimiter !== '' && { delimiter }),
          ...(isV2 && { 'list-type': '2' }),
          ...(after !== '' && (isV2 ? { 'start-after': after } : { marker: after })),
        },
      });
      return listing(parseXml(body, { lengthBytesMax: body.length }));
    },
    async deleteObject(input) {
      await send({ ...target(input), method: 'DELETE' });
    },
    async deleteObjects(bucket, targets) {
      const objects = targets.map(({ key }) => `<Object><Key>${key}</Key></Object>`).join('');
      await send({ method: 'POST', bucket, query: { delete: '' }, body: `<Delete>${objects}</Delete>` });
    },
    async sealObject(input) {
      const { headers } = await send({
        ...target(input),
        method: 'POST',
        query: { seal: '', position: String(input.position) },
      });
      return { sealedAtMs: Date.parse(header(headers, 'x-oss-sealed-time')) };
    },
    async setObjectAcl(input, acl) {
      await send({ ...target(input), method: 'PUT', query: { acl: '' }, headers: { 'x-oss-object-acl': acl } });
    },
    async getObjectAcl(input) {
      const root = parseXml((await send({ ...target(input), method: 'GET', query: { acl: '' } })).body);
      return textOf(
        root.children.find((child) => child.name === 'AccessControlList'),
        'Grant',
      ) as ObjectAcl;
    },
    async allowAppendableOverwrite(bucket) {
      await server.store.updateBucket(bucket, { appendable: { overwrite: 'allow' } });
    },
    async limitAppendableLength(bucket, lengthMax) {
      await server.store.updateBucket(bucket, { appendable: { lengthMax } });
    },
    async bucketStatistics(bucket) {
      const { objectCount, lengthBytes } = await server.store.bucketStatistics(bucket);
      return { objectCount, lengthBytes };
    },
    follow: openHttpFollowDriver(send),
    uploads: openHttpUploadDriver(server, send),
    channels: openHttpLiveChannelDriver(send),
    versions: openHttpVersionDriver(send),
    failureOf: observedFailure,
  };
}

function target({ bucket, key }: { readonly bucket: string; readonly key: string }): { bucket: string; key: string } {
  return { bucket, key };
}

function bodyOf(body: BodySource): Pick<TestRequest, 'body'> {
  return { body: body.open() };
}

function extensionHeaders({ appendId, writerEpoch, objectLengthMax }: DriverAppend): Record<string, string> {
  return {
    ...(appendId !== undefined && { 'x-oss-annals-append-id': appendId }),
    ...(writerEpoch !== undefined && { 'x-oss-annals-writer-epoch': String(writerEpoch) }),
    ...(objectLengthMax !== undefined && { 'x-oss-annals-max-length': String(objectLengthMax) }),
  };
}

function uploadHeaders(input: DriverPut | DriverAppend): Record<string, string> {
  return {
    // A stream of known length is sent with it, one of unknown length chunked.
    ...(input.body.length !== undefined && { 'content-length': String(input.body.length) }),
    ...(input.contentType !== undefined && { 'content-type': input.contentType }),
    ...(input.acl !== undefined && { 'x-oss-object-acl': input.acl }),
    ...(input.expectedMd5 !== undefined && { 'content-md5': Buffer.from(input.expectedMd5).toString('base64') }),
    ...Object.fromEntries(Object.entries(input.user ?? {}).map(([name, value]) => [`x-oss-meta-${name}`, value])),
  };
}

function written(headers: RawAnswer['headers']): { etag: string; crc64: bigint } {
  return { etag: unquoted(header(headers, 'etag')), crc64: BigInt(header(headers, 'x-oss-hash-crc64ecma')) };
}

function observedHead(headers: RawAnswer['headers']): ObservedHead {
  const sealedTime = headers['x-oss-sealed-time'];
  return {
    ...written(headers),
    type: header(headers, 'x-oss-object-type').toLowerCase() as ObjectType,
    length: Number(header(headers, 'content-length')),
    contentType: headers['content-type'],
    user: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith('x-oss-meta-'))
        .map(([name, value]) => [name.slice('x-oss-meta-'.length), value]),
    ),
    lastModifiedAtMs: Date.parse(header(headers, 'last-modified')),
    sealedAtMs: sealedTime === undefined ? undefined : Date.parse(sealedTime),
  };
}

function listing(root: XmlElement): DriverListResult {
  const next = textOf(root, 'NextMarker');
  const token = textOf(root, 'NextContinuationToken');
  const named = (element: string, name: string) =>
    root.children.filter((child) => child.name === element).map((child) => decoded(textOf(child, name) ?? ''));
  const keys = named('Contents', 'Key');
  const commonPrefixes = named('CommonPrefixes', 'Prefix');
  const isTruncated = textOf(root, 'IsTruncated') === 'true';
  // A token is opaque; what it stands for is the greatest name of the page.
  const last = [...keys, ...commonPrefixes].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  return {
    keys,
    commonPrefixes,
    isTruncated,
    next: next === undefined ? (token === undefined ? undefined : last.at(-1)) : decoded(next),
  };
}

function observedFailure(error: unknown): ObservedFailure | undefined {
  if (!(error instanceof AnswerError)) return undefined;
  const kind = kindOf(error);
  if (kind === undefined) return undefined;
  const position = error.answer.headers['x-oss-next-append-position'];
  return { kind, ...(kind === 'position-mismatch' && position !== undefined && { length: Number(position) }) };
}

function kindOf({ code, request, document }: AnswerError): StoreFailureKind | undefined {
  // One code means both; which one depends on what was asked for.
  if (code === 'AppendSealedObjectNotAllowed') return request.query?.seal === undefined ? 'sealed' : 'not-sealable';
  if (code === 'InvalidArgument' && textOf(document, 'EC') === '0017-00000102') return 'too-large';
  return KINDS[code];
}

function errorDocument({ body, headers }: RawAnswer): XmlElement {
  // The answer to HEAD has no body; its document is in a header.
  return parseXml(body.length > 0 ? body : Buffer.from(headers['x-oss-err'] ?? '', 'base64'));
}

function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.children.find((child) => child.name === name)?.text;
}

function header(headers: RawAnswer['headers'], name: string): string {
  const value = headers[name];
  if (value === undefined) throw new Error(`The answer has no header ${name}`);
  return value;
}

function unquoted(etag: string): string {
  if (!/^".*"$/.test(etag)) throw new Error(`The etag ${etag} is not quoted`);
  return etag.slice(1, -1);
}

function decoded(encoded: string): string {
  const result = percentDecode(encoded);
  if ('text' in result) return result.text;
  throw new Error(`"${encoded}" is not percent-encoded UTF-8`);
}
