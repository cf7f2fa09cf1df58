/**
 * Tags of objects and buckets: what they may be, and the headers and the parameter that carry them. Leaves out their
 * document (`xml/documents/tagging.ts`).
 */
import { OssError } from './error/oss-error.js';
import { LIMITS } from './limits.js';
import { percentDecode, percentEncode } from './percent-encoding.js';
import { utf8LengthBytes } from './text.js';

/** One tag. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/**
 * What the tags of objects may be: letters and digits of any script, space, `+ - = . _ : /`, the documented set, read
 * as the header's UTF-8 rule implies.
 */
const OBJECT_TAG_TEXT = /^[\p{L}\p{M}\p{N} +\-=._:/]*$/u;

/** Tags of buckets may be any text, but for what the public service keeps for itself. */
const RESERVED_BUCKET_TAG_KEY = /^(?:https?:\/\/|Aliyun)/;

/** Detailed error codes of the public service. */
const TAGGING_HEADER_EC = '0010-00000219';
const RESERVED_KEY_EC = '0010-00000207';

const TAGGING_HEADER_MESSAGE =
  "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";

/**
 * Reads the header `x-oss-tagging`: `k=v&k2=v2`, percent-encoded, `+` a space.
 * @param value Header value.
 * @returns The tags in order; none for an empty header; `undefined` without a header.
 * @throws {OssError} `InvalidArgument` for broken encoding, a tag with two `=` or a repeated key, `BadRequest` for more
 * than 10 tags, `InvalidTag` for a key or value that is too long or has a character that is not allowed, or an empty
 * key.
 */
export function parseTaggingHeader(value: string | undefined): readonly Tag[] | undefined {
  if (value === undefined) return undefined;
  const tags = splitTags('x-oss-tagging', value);
  if (tags.length > LIMITS.objectTagCountMax) {
    throw new OssError('BadRequest', {
      message: `Object tags cannot be greater than ${LIMITS.objectTagCountMax}`,
    });
  }
  if (new Set(tags.map((tag) => tag.key)).size < tags.length) {
    throw new OssError('InvalidArgument', {
      message: TAGGING_HEADER_MESSAGE,
      details: { ArgumentName: 'x-oss-tagging', ArgumentValue: value },
    });
  }
  validateTagTexts(tags, 'object');
  return tags;
}

/**
 * Reads the header `x-oss-bucket-tagging`, written like `x-oss-tagging`.
 * @param value Header value.
 * @returns The tags in order; none for an empty header; `undefined` without a header.
 * @throws {OssError} `InvalidArgument` for broken encoding and a tag with two `=`, and as `validateTags` for a bucket.
 */
export function parseBucketTaggingHeader(value: string | undefined): readonly Tag[] | undefined {
  if (value === undefined) return undefined;
  const tags = splitTags('x-oss-bucket-tagging', value);
  validateTags(tags, LIMITS.bucketTagCountMax);
  return tags;
}

/** One pair of a list of tags and what follows it. JSON has no shorter way to say what a string is. */
const LISTED_TAG = /\s*("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*")\s*(,|$)/y;

/**
 * Reads the parameter `tagging` of ListBuckets: the inside of a JSON object, `"k":"v","k2":"v2"`, as SDKs send it; with
 * its braces too.
 * @param value The decoded parameter.
 * @returns The tags in order, at least one; `undefined` without the parameter, and for an empty one.
 * @throws {OssError} `InvalidArgument` for what is no such list, and as `validateTags` for a bucket.
 */
export function parseTagList(value: string | undefined): readonly Tag[] | undefined {
  const text = value?.trim().replace(/^\{(.*)\}$/s, '$1') ?? '';
  if (text === '') return undefined;
  const tags: Tag[] = [];
  LISTED_TAG.lastIndex = 0;
  for (let isLast = false; !isLast; ) {
    const [, key, tagValue, separator] = LISTED_TAG.exec(text) ?? [];
    if (key === undefined || tagValue === undefined) throw malformedTagList(value);
    tags.push({ key: readJsonText(key, value), value: readJsonText(tagValue, value) });
    isLast = separator === '';
  }
  validateTags(tags, LIMITS.bucketTagCountMax);
  return tags;
}

function readJsonText(json: string, value: string | undefined): string {
  try {
    return String(JSON.parse(json));
  } catch {
    throw malformedTagList(value);
  }
}

function malformedTagList(value = ''): OssError {
  return new OssError('InvalidArgument', {
    message: 'The parameter tagging must be a list of tags, such as "k1":"v1","k2":"v2".',
    details: { ArgumentName: 'tagging', ArgumentValue: value },
  });
}

function splitTags(header: string, value: string): readonly Tag[] {
  const tags: Tag[] = [];
  for (const segment of value.split('&')) {
    if (segment === '') continue;
    const equals = segment.indexOf('=');
    if (equals !== segment.lastIndexOf('=')) {
      throw new OssError('InvalidArgument', {
        message: TAGGING_HEADER_MESSAGE.replace('x-oss-tagging', header),
        ec: TAGGING_HEADER_EC,
        details: { ArgumentName: header, ArgumentValue: value },
      });
    }
    tags.push({
      key: decodeTagText(equals < 0 ? segment : segment.slice(0, equals)),
      value: decodeTagText(equals < 0 ? '' : segment.slice(equals + 1)),
    });
  }
  return tags;
}

/**
 * Writes the header `x-oss-tagging`.
 * @param tags The tags.
 */
export function formatTaggingHeader(tags: readonly Tag[]): string {
  return tags.map((tag) => `${percentEncode(tag.key)}=${percentEncode(tag.value)}`).join('&');
}

/**
 * Refuses tags of a document that are too many, repeated or illegal.
 * @param tags The tags.
 * @param countMax 10 for an object, 20 for a bucket; see `LIMITS`.
 * @throws {OssError} `TooManyTags` for a bucket, `BadRequest` for an object, `RepeatedTags`, `InvalidTag`.
 */
export function validateTags(tags: readonly Tag[], countMax: number): void {
  if (tags.length > countMax) {
    if (countMax !== LIMITS.objectTagCountMax) throw new OssError('TooManyTags');
    throw new OssError('BadRequest', { message: `Object tags cannot be greater than ${countMax}` });
  }
  if (new Set(tags.map((tag) => tag.key)).size < tags.length) throw new OssError('RepeatedTags');
  validateTagTexts(tags, countMax === LIMITS.objectTagCountMax ? 'object' : 'bucket');
}

function validateTagTexts(tags: readonly Tag[], owner: 'object' | 'bucket'): void {
  const rules = TAG_RULES[owner];
  for (const { key, value } of tags) {
    if (owner === 'bucket' && RESERVED_BUCKET_TAG_KEY.test(key)) {
      throw new OssError('InvalidTag', { ec: RESERVED_KEY_EC, details: { TagKey: key } });
    }
    if (key === '' || !rules.text.test(key) || utf8LengthBytes(key) > rules.keyLengthBytesMax) {
      throw new OssError('InvalidTag', { details: { TagKey: key } });
    }
    if (!rules.text.test(value) || utf8LengthBytes(value) > rules.valueLengthBytesMax) {
      throw new OssError('InvalidTag', {
        message: 'The TagValue you have provided is invalid',
        details: { TagKey: key, TagValue: value },
      });
    }
  }
}

const TAG_RULES = {
  object: {
    text: OBJECT_TAG_TEXT,
    keyLengthBytesMax: LIMITS.tagKeyLengthBytesMax,
    valueLengthBytesMax: LIMITS.tagValueLengthBytesMax,
  },
  bucket: {
    // Half a surrogate pair is no text.
    text: /^[^\p{Cs}]*$/u,
    keyLengthBytesMax: LIMITS.bucketTagKeyLengthBytesMax,
    valueLengthBytesMax: LIMITS.bucketTagValueLengthBytesMax,
  },
} as const;

function decodeTagText(encoded: string): string {
  const decoded = percentDecode(encoded);
  if ('text' in decoded) return decoded.text;
  throw new OssError('InvalidArgument', {
    message: TAGGING_HEADER_MESSAGE,
    details: { ArgumentName: 'x-oss-tagging', ArgumentValue: encoded },
  });
}
