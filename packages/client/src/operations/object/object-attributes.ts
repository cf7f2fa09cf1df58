/** What a writer may say about an object it creates, and the headers that say it. */
import {
  type EncryptionAlgorithm,
  formatHttpDate,
  formatTaggingHeader,
  type ObjectAcl,
  type StorageClass,
  type Tag,
} from '@annals/protocol';
import { AnnalsError } from '../../error.js';

/** What is said of an object's content; copying replaces all of it together or none. */
export interface ContentAttributes {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  /** Milliseconds since 1970, whole seconds. */
  readonly expiresAtMs?: number;
  /**
   * Names of letters, digits, `-` and `_`, stored in lower case. Values of any text on one line without spaces at
   * either end; other characters than ASCII travel as UTF-8. Names and values have 8 KiB together at most.
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How an object is encrypted at rest. */
export interface EncryptionOptions {
  readonly algorithm: EncryptionAlgorithm;
  /** Of a managed key; only with `KMS`. */
  readonly keyId?: string;
}

/** Headers that stay with an object. */
export interface ObjectAttributes extends ContentAttributes {
  /** Default: `default`, which is the bucket's. */
  readonly acl?: ObjectAcl;
  /** Default: the bucket's. */
  readonly storageClass?: StorageClass;
  /** At most 10. */
  readonly tags?: readonly Tag[];
  /** Default: the bucket's. */
  readonly encryption?: EncryptionOptions;
}

/**
 * Writes attributes as request headers.
 * @throws {AnnalsError} `InvalidInput` for metadata that no header can carry unchanged.
 */
export function attributeHeaders(attributes: ObjectAttributes): Record<string, string> {
  const { acl, storageClass, tags, encryption } = attributes;
  return {
    ...contentHeaders(attributes),
    ...(acl !== undefined && { 'x-oss-object-acl': acl }),
    ...(storageClass !== undefined && { 'x-oss-storage-class': storageClass }),
    ...(tags !== undefined && tags.length > 0 && { 'x-oss-tagging': formatTaggingHeader(tags) }),
    ...(encryption !== undefined && { 'x-oss-server-side-encryption': encryption.algorithm }),
    ...(encryption?.keyId !== undefined && { 'x-oss-server-side-encryption-key-id': encryption.keyId }),
  };
}

/** Writes what is said of the content as request headers. @throws {AnnalsError} As `attributeHeaders`. */
export function contentHeaders(attributes: ContentAttributes): Record<string, string> {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expiresAtMs } = attributes;
  const metadata = Object.entries(attributes.metadata ?? {});
  for (const [name, value] of metadata) refuseUnsendable(name, value);
  return {
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
    ...(contentDisposition !== undefined && { 'content-disposition': contentDisposition }),
    ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
    ...(contentLanguage !== undefined && { 'content-language': contentLanguage }),
    ...(expiresAtMs !== undefined && { expires: formatHttpDate(expiresAtMs) }),
    ...Object.fromEntries(metadata.map(([name, value]) => [`x-oss-meta-${name.toLowerCase()}`, value])),
  };
}

/** The attributes among other options. */
export function pickAttributes(options: ObjectAttributes): ObjectAttributes {
  const { acl, storageClass, tags, encryption } = options;
  return {
    ...pickContentAttributes(options),
    ...(acl !== undefined && { acl }),
    ...(storageClass !== undefined && { storageClass }),
    ...(tags !== undefined && { tags }),
    ...(encryption !== undefined && { encryption }),
  };
}

/** What is said of the content, among other options or facts. */
export function pickContentAttributes(options: ContentAttributes): ContentAttributes {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } = options;
  const { expiresAtMs, metadata } = options;
  return {
    ...(contentType !== undefined && { contentType }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(contentLanguage !== undefined && { contentLanguage }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(metadata !== undefined && { metadata }),
  };
}

const METADATA_NAME = /^[a-z0-9_-]+$/i;

/** Line ends and other control characters; a header loses spaces at its ends, and half a surrogate pair is no text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const UNSENDABLE_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]|^[ \t]|[ \t]$|\p{Surrogate}/u;

function refuseUnsendable(name: string, value: string): void {
  if (!METADATA_NAME.test(name)) {
    throw new AnnalsError(
      'InvalidInput',
      `Cannot send the metadata ${JSON.stringify(name)}: a name has letters, digits, "-" and "_"`,
      { outcome: 'not-applied' },
    );
  }
  if (UNSENDABLE_VALUE.test(value)) {
    throw new AnnalsError(
      'InvalidInput',
      `Cannot send the metadata ${JSON.stringify(name)} with the value ${JSON.stringify(value)}: a value is one line of text without spaces at either end`,
      { outcome: 'not-applied' },
    );
  }
}
