/**
 * Compression of GetObject's answers: texts of 1 KiB and more, whole, for clients that say they take gzip. What is sent
 * then is not the object's bytes, so the headers that describe those are left out: length, ETag and MD5. The CRC-64
 * stays: clients check it after they have unpacked.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Shorter texts gain nothing. GetObject, "gzip compression". */
const COMPRESSED_LENGTH_BYTES_MIN = 1024;

/** The types that the public service compresses. GetObject, "gzip compression". */
const COMPRESSED_TYPES = new Set([
  'text/cache-manifest',
  'text/xml',
  'text/plain',
  'text/css',
  'text/html',
  'text/json',
  'application/javascript',
  'application/x-javascript',
  'application/rss+xml',
  'application/json',
]);

/** Headers that describe the bytes of the object, or promise what only they can keep. */
const IDENTITY_HEADERS = new Set(['ETag', 'Content-MD5', 'Content-Length', 'Accept-Ranges']);

/** An answer before it is compressed. */
export interface CompressibleAnswer {
  readonly acceptEncoding: string | undefined;
  readonly hasRange: boolean;
  readonly lengthBytes: number;
  /** By their exact names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Whether an answer is sent compressed. */
export function isSentCompressed({ acceptEncoding, hasRange, ...answer }: CompressibleAnswer): boolean {
  return acceptEncoding !== undefined && !hasRange && mayBeCompressed(answer) && acceptsGzip(acceptEncoding);
}

/**
 * Headers of an answer that goes out as it is: one that another client would get compressed must not be given to it by
 * a cache.
 */
export function uncompressedHeaders(
  answer: Pick<CompressibleAnswer, 'lengthBytes' | 'headers'>,
): Record<string, string> {
  return mayBeCompressed(answer) ? { ...answer.headers, Vary: 'Accept-Encoding' } : { ...answer.headers };
}

function mayBeCompressed({ lengthBytes, headers }: Pick<CompressibleAnswer, 'lengthBytes' | 'headers'>): boolean {
  if (lengthBytes < COMPRESSED_LENGTH_BYTES_MIN || headers['Content-Encoding'] !== undefined) return false;
  const [type = ''] = (headers['Content-Type'] ?? '').split(';');
  return COMPRESSED_TYPES.has(type.trim().toLowerCase());
}

/** The headers of the compressed answer. */
export function compressedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !IDENTITY_HEADERS.has(name));
  return { ...Object.fromEntries(kept), 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' };
}

/**
 * Compresses a stream, reading it only as fast as the result is read. Ends with the error of the source, if it has one.
 */
export async function* gzipStream(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const gzip = createGzip();
  let failure: unknown;
  const done = pipeline(Readable.from(source, { objectMode: false }), gzip).catch((error: unknown) => {
    failure = error;
  });
  try {
    for await (const chunk of gzip) yield chunk as Uint8Array;
  } catch (error) {
    await done;
    throw failure ?? error;
  } finally {
    gzip.destroy();
    await done;
  }
}

function acceptsGzip(acceptEncoding: string): boolean {
  return acceptEncoding.split(',').some((item) => {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return (
      (coding === 'gzip' || coding === 'x-gzip') && !parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter))
    );
  });
}
