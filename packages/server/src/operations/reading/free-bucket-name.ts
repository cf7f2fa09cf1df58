/** Names that no new bucket may have, however it is made. */
import { OssError } from '@annals/protocol';
import type { ObjectStore } from '@annals/store';
import { findBucket } from '../../bucket-configuration/find-bucket.js';
import type { OwnNames } from '../../custom-domains/own-names.js';

/** What ends a name of an access point that stands for a bucket. */
const ACCESS_POINT_ALIAS = /-ossalias$/;

/**
 * Refuses a name that is reserved. A bucket that is there already may have been made before its name was.
 * @throws {OssError} `InvalidBucketName`.
 */
export async function requireFreeName(bucket: string, store: ObjectStore, ownNames: OwnNames): Promise<void> {
  const reason = reasonAgainst(bucket, ownNames);
  if (reason === undefined || (await findBucket(store, bucket)) !== undefined) return;
  const message = `The bucket name is reserved: ${reason}.`;
  throw new OssError('InvalidBucketName', { message, details: { BucketName: bucket } });
}

function reasonAgainst(bucket: string, ownNames: OwnNames): string | undefined {
  const host = ownNames.hostInsteadOfBucket(bucket);
  if (host !== undefined) return `${host} is a name of this server`;
  return ACCESS_POINT_ALIAS.test(bucket) ? 'it ends as the alias of an access point does' : undefined;
}
