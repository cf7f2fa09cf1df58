/** The names commands take: `oss://BUCKET/KEY`. Nothing in them is decoded; a key is written as it is. */
import { isBucketName } from '@annals/client';
import { CommandFailure, EXIT_CODES } from './command-failure.js';

/** A bucket, and perhaps an object in it. */
export interface OssUrl {
  readonly bucket: string;
  /** Everything behind the slash after the bucket; may be empty. */
  readonly key: string;
}

/**
 * Reads `oss://BUCKET`, `oss://BUCKET/` or `oss://BUCKET/KEY`.
 * @throws {CommandFailure} Exit code 2.
 */
export function parseOssUrl(text: string): OssUrl {
  const match = /^oss:\/\/([^/]*)(?:\/([\s\S]*))?$/.exec(text);
  if (match === null) throw unusable(text, 'expected oss://BUCKET/KEY');
  const [, bucket = '', key = ''] = match;
  if (bucket === '') throw unusable(text, 'expected a bucket after oss://, as in oss://BUCKET/KEY');
  if (!isBucketName(bucket)) {
    throw unusable(text, 'expected a bucket name of 3 to 63 of a-z, 0-9 and "-", not at either end');
  }
  return { bucket, key };
}

/**
 * Reads `oss://BUCKET/KEY`.
 * @throws {CommandFailure} Exit code 2, also when there is no key.
 */
export function parseObjectUrl(text: string): OssUrl {
  const url = parseOssUrl(text);
  if (url.key === '') throw unusable(text, 'expected a key after the bucket, as in oss://BUCKET/KEY');
  return url;
}

/**
 * Reads `oss://BUCKET`.
 * @throws {CommandFailure} Exit code 2, also when there is a key.
 */
export function parseBucketUrl(text: string): string {
  if (!isOssUrl(text)) throw unusable(text, 'expected oss://BUCKET');
  const url = parseOssUrl(text);
  if (url.key !== '') throw unusable(text, 'expected a bucket without a key, as in oss://BUCKET');
  return url.bucket;
}

/** Whether a text names something of a server. */
export function isOssUrl(text: string): boolean {
  return text.startsWith('oss://');
}

function unusable(text: string, expectation: string): CommandFailure {
  return new CommandFailure(`Cannot use ${JSON.stringify(text)}: ${expectation}`, { exitCode: EXIT_CODES.usage });
}
