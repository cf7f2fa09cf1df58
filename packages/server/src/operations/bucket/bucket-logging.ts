/** Put-, Get- and DeleteBucketLogging: `?logging`. Lines are written by `../access-log`. */
import { isBucketName, type LoggingTarget, OssError, parseLoggingStatus, renderLoggingStatus } from '@annals/protocol';
import type { ObjectStore } from '@annals/store';
import { findBucket } from '../../bucket-configuration/find-bucket.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

/** Turns access logging on, into a bucket the caller may write to, or off: `PutBucketLogging`. */
export const putBucketLogging = putConfiguration(
  {
    name: 'PutBucketLogging',
    effect: 'works',
    remark:
      'Lines are appended every 10 s to one appendable object per bucket, hour and process; a crash loses the ' +
      'last ones. Signatures and tokens in URLs are blanked out. `LoggingRole` has no effect.',
  },
  'logging',
  async (document, request, { store }) => {
    const target = parseLoggingStatus(document);
    if (target !== undefined) await requireTarget(store, requireBucket(request), target);
    return target;
  },
  // The server writes the lines without the rights of a caller, so the caller that names the place must have the right
  // to write there.
  (target, request) => (target === undefined ? [] : [targetPermission(request, target)]),
);

function targetPermission(
  request: OperationRequest,
  { targetBucket, targetPrefix }: LoggingTarget,
): RequiredPermission {
  const source = requireBucket(request);
  return { action: 'oss:PutObject', access: 'write', bucket: targetBucket, key: `${targetPrefix}${source}` };
}

/** Shows where access is logged: `GetBucketLogging`. */
export const getBucketLogging = getConfiguration(
  {
    name: 'GetBucketLogging',
    effect: 'works',
    remark:
      'Where nothing is logged, `LoggingEnabled` is there and empty: the C# SDK fails without it, ali-oss and the ' +
      'Python SDK take what is in it for logging that is on. Such a document may be put.',
  },
  'logging',
  renderLoggingStatus,
  () => renderLoggingStatus(undefined),
);

/** Turns access logging off: `DeleteBucketLogging`. */
export const deleteBucketLogging = deleteConfiguration({ name: 'DeleteBucketLogging', effect: 'works' }, 'logging');

/** Source and target belong to the same owner; otherwise one could fill the bucket of another. */
async function requireTarget(store: ObjectStore, source: string, { targetBucket }: LoggingTarget): Promise<void> {
  const { ownerId } = await store.getBucket(source);
  const target = await findBucket(store, targetBucket);
  if (target === undefined) {
    throw new OssError('InvalidTargetBucketForLogging', {
      message: 'The target bucket for logging does not exist.',
      ec: isBucketName(targetBucket) ? '0032-00000008' : '0032-00000004',
    });
  }
  if (target.ownerId !== ownerId) throw new OssError('InvalidTargetBucketForLogging', { status: 403 });
}
