/**
 * Access points in the row of their bucket: which one a request names, and how it is changed. Leaves out operations
 * (`access-point*.ts`).
 */
import { type AccessPoint, invalidArgument, isAccessPointName, OssError } from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';

/** Header with the name, and the parameter with it where access points share a sub-resource with buckets. */
const ACCESS_POINT_NAME = 'x-oss-access-point-name';

/** Which access point is meant. */
export interface AccessPointTarget {
  readonly bucket: string;
  readonly name: string;
}

/**
 * Reads which access point a request means.
 * @throws {OssError} `MissingArgument`, `InvalidArgument`.
 */
export function readAccessPointTarget(request: OperationRequest): AccessPointTarget {
  const name = request.query.get(ACCESS_POINT_NAME) ?? request.headers.get(ACCESS_POINT_NAME);
  if (name === undefined || name === '') {
    throw new OssError('MissingArgument', { details: { ArgumentName: ACCESS_POINT_NAME } });
  }
  if (!isAccessPointName(name)) throw invalidArgument(ACCESS_POINT_NAME, name);
  return { bucket: requireBucket(request), name };
}

/** Access points of a bucket, in the order in which they were made. */
export function accessPointsOf(record: BucketRecord): readonly AccessPoint[] {
  return configurationsOf(record).accessPoints ?? [];
}

/** @throws {OssError} `NoSuchAccessPoint`. */
export function requireAccessPoint(record: BucketRecord, name: string): AccessPoint {
  const accessPoint = accessPointsOf(record).find((known) => known.name === name);
  if (accessPoint !== undefined) return accessPoint;
  throw new OssError('NoSuchAccessPoint', { details: { BucketName: record.name, AccessPointName: name } });
}

/**
 * Changes an access point in one commit.
 * @param change Gives the new one, or `undefined` to remove it.
 * @throws {OssError} `NoSuchAccessPoint`.
 */
export function updateAccessPoint(
  store: Pick<ObjectStore, 'updateBucket'>,
  { bucket, name }: AccessPointTarget,
  change: (accessPoint: AccessPoint) => AccessPoint | undefined,
): Promise<BucketRecord> {
  return store.updateBucket(bucket, (record) => {
    const changed = change(requireAccessPoint(record, name));
    const left = accessPointsOf(record).flatMap((known) => (known.name === name ? (changed ?? []) : known));
    return { configurations: { accessPoints: left.length === 0 ? undefined : left } };
  });
}
