/** What HEAD and GET say about an object. */
import { unquoteEtag } from '@annals/protocol';
import {
  fromHeaderText,
  optionalHeader,
  readCrc64,
  readLength,
  readTimeMs,
} from '../../connection/response-headers.js';

/** What an answer says about an object. */
export interface ObjectHead {
  /** Length of the whole object in bytes; `undefined` when an answer does not tell it (a transformed body). */
  readonly length: number | undefined;
  /** `Normal`, `Appendable`, `Multipart` or `Symlink`. */
  readonly type: string | undefined;
  readonly etag: string | undefined;
  /** Of the whole object. */
  readonly crc64: bigint | undefined;
  /** Milliseconds since 1970. */
  readonly lastModifiedAtMs: number | undefined;
  /** Where the next append must begin; only of appendable objects. */
  readonly nextPosition: number | undefined;
  /** Milliseconds since 1970; only of sealed objects. */
  readonly sealedAtMs: number | undefined;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  /** Milliseconds since 1970; absent also where the header is no date. */
  readonly expiresAtMs?: number;
  readonly storageClass?: string;
  readonly versionId?: string;
  /** How many tags the object has; 0 is not told. */
  readonly tagCount?: number;
  /** State of a restoration, in the words of the server: `ongoing-request="true"`. */
  readonly restore?: string;
  /** Algorithm that the object is encrypted with at rest. */
  readonly encryption?: string;
  /** Names lower-case, without prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads an object's head from the headers of a HEAD or GET answer; a 206 tells the whole length in Content-Range. */
export function readObjectHead(headers: Headers): ObjectHead {
  const wholeOfRange = /\/([0-9]+)$/.exec(headers.get('content-range') ?? '')?.[1];
  const etag = headers.get('etag');
  const expiresAtMs = readTimeMs(headers, 'expires');
  const tagCount = readLength(headers, 'x-oss-tagging-count');
  return {
    length: wholeOfRange === undefined ? readLength(headers, 'content-length') : Number(wholeOfRange),
    type: headers.get('x-oss-object-type') ?? undefined,
    etag: etag === null ? undefined : unquoteEtag(etag),
    crc64: readCrc64(headers),
    lastModifiedAtMs: readTimeMs(headers, 'last-modified'),
    nextPosition: readLength(headers, 'x-oss-next-append-position'),
    sealedAtMs: readTimeMs(headers, 'x-oss-sealed-time'),
    ...optionalHeader(headers, 'content-type', 'contentType'),
    ...optionalHeader(headers, 'content-encoding', 'contentEncoding'),
    ...optionalHeader(headers, 'content-language', 'contentLanguage'),
    ...optionalHeader(headers, 'cache-control', 'cacheControl'),
    ...optionalHeader(headers, 'content-disposition', 'contentDisposition'),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...optionalHeader(headers, 'x-oss-storage-class', 'storageClass'),
    ...optionalHeader(headers, 'x-oss-version-id', 'versionId'),
    ...(tagCount !== undefined && { tagCount }),
    ...optionalHeader(headers, 'x-oss-restore', 'restore'),
    ...optionalHeader(headers, 'x-oss-server-side-encryption', 'encryption'),
    metadata: readMetadata(headers),
  };
}

/** Reads user metadata from the headers of an answer; names in lower case, without prefix. */
export function readMetadata(headers: Headers): Readonly<Record<string, string>> {
  const metadata: [string, string][] = [];
  headers.forEach((value, name) => {
    if (name.startsWith('x-oss-meta-')) metadata.push([name.slice('x-oss-meta-'.length), fromHeaderText(value)]);
  });
  // Defines own properties, so a name like __proto__ is only a name.
  return Object.fromEntries(metadata);
}
