/** The header `x-oss-copy-source`: `/bucket/key`, percent-encoded, with an optional `?versionId=`. */
import { OssError } from '../error/oss-error.js';
import { validateBucketName, validateObjectKey } from '../names.js';
import { percentDecode, percentEncode } from '../percent-encoding.js';
import { parseQuery } from '../query.js';
import { invalidArgument } from './refuse.js';

/** Source of a copy. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/**
 * Reads a copy source. The leading slash may be missing, and the slash after the bucket may be `%2F`.
 * @param value Header value.
 * @throws {OssError} `InvalidArgument` "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.",
 * or the errors of illegal names.
 */
export function parseCopySource(value: string): CopySource {
  const mark = value.indexOf('?');
  const decoded = percentDecode(mark < 0 ? value : value.slice(0, mark));
  const [, bucket, key] = 'text' in decoded ? (/^\/?([^/]+)\/(.+)$/s.exec(decoded.text) ?? []) : [];
  if (bucket === undefined || key === undefined) {
    throw new OssError('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.',
      details: { ArgumentName: 'x-oss-copy-source', ArgumentValue: value },
    });
  }
  validateBucketName(bucket);
  validateObjectKey(key);
  const query = mark < 0 ? undefined : parseQuery(value.slice(mark + 1));
  for (const name of query?.names() ?? []) {
    // A misspelt `versionId` would copy another version than the one meant.
    if (name !== 'versionId')
      throw invalidArgument('x-oss-copy-source', value, 'Copy Source takes no parameter but versionId.');
  }
  const versionId = query?.get('versionId');
  if (versionId === '') {
    throw invalidArgument('versionId', '', 'Version id can not be the empty string.');
  }
  return { bucket, key, ...(versionId !== undefined && { versionId }) };
}

/**
 * Writes a copy source.
 * @param source Bucket, key and perhaps a version.
 */
export function formatCopySource(source: CopySource): string {
  const path = `/${source.bucket}/${percentEncode(source.key, { keepSlash: true })}`;
  return source.versionId === undefined ? path : `${path}?versionId=${percentEncode(source.versionId)}`;
}
