/**
 * Create-, Get- and DeleteAccessPoint: `?accessPoint`. Kept and given back without effect: nobody answers to an access
 * point's alias or endpoint, so nothing can be reached through one.
 */
import { randomBytes } from 'node:crypto';
import {
  type AccessPoint,
  type AccessPointPlace,
  type AccessPointSettings,
  invalidArgument,
  OssError,
  parseCreateAccessPoint,
  renderCreateAccessPointResult,
  renderGetAccessPointResult,
} from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import type { ServerSettings } from '../../settings.js';
import { OF_BUCKET_COUNT_MAX } from '../answering/access-point-listing.js';
import { locationOf, regionOf } from '../answering/bucket-endpoint.js';
import { xmlResponse } from '../answering/xml-response.js';
import {
  type AccessPointTarget,
  accessPointsOf,
  readAccessPointTarget,
  requireAccessPoint,
  updateAccessPoint,
} from '../reading/bucket-access-points.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { ownBuckets } from '../reading/own-buckets.js';

/** With the longest name an alias is then as long as a label of a domain can be. */
const ALIAS_LENGTH_BYTES = 17;

interface CreateAccessPointInput {
  readonly bucket: string;
  readonly settings: AccessPointSettings;
}

interface FoundAccessPoint {
  readonly record: BucketRecord;
  readonly accessPoint: AccessPoint;
}

/** Makes an access point of a bucket: `CreateAccessPoint`. */
export const createAccessPoint = defineOperation<'CreateAccessPoint', CreateAccessPointInput, FoundAccessPoint>({
  name: 'CreateAccessPoint',
  effect: 'kept',
  anonymous: 'if granted',
  remark:
    'No address answers to an alias, so nothing is reached through one. A taken name is 409 ' +
    '`AccessPointAlreadyExists`; a bucket has 100 at most.',
  permissions: ownAction('owner'),
  async parse(request) {
    const settings = parseCreateAccessPoint(await readConfigurationDocument(request));
    return { bucket: requireBucket(request), settings };
  },
  async handle({ bucket, settings }, { store, clock }) {
    const { ownerId } = await store.getBucket(bucket);
    // Two that are made at once in two buckets may get the same name; nothing is found by it, so nothing is mistaken.
    for await (const other of ownBuckets(store, ownerId)) refuseTaken(other, settings.name);
    const alias = `${settings.name}-${randomBytes(ALIAS_LENGTH_BYTES).toString('hex')}-ossalias`;
    const accessPoint: AccessPoint = { ...settings, alias, createdAtMs: clock(), isPublicAccessBlocked: true };
    const record = await store.updateBucket(bucket, (before) => {
      refuseTaken(before, settings.name);
      const others = accessPointsOf(before);
      if (others.length >= OF_BUCKET_COUNT_MAX) {
        const message = `A bucket cannot have more than ${OF_BUCKET_COUNT_MAX} access points.`;
        throw invalidArgument('AccessPointName', settings.name, message);
      }
      return { configurations: { accessPoints: [...others, accessPoint] } };
    });
    return { record, accessPoint };
  },
  render: ({ record, accessPoint }, _input, _request, { settings }) =>
    xmlResponse(renderCreateAccessPointResult(accessPoint, placeOf(record, settings))),
});

/** Describes one access point: `GetAccessPoint`. */
export const getAccessPoint = defineOperation<'GetAccessPoint', AccessPointTarget, FoundAccessPoint>({
  name: 'GetAccessPoint',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'Its endpoints end in `.invalid`: they can lead nowhere.',
  permissions: ownAction('owner'),
  parse: readAccessPointTarget,
  async handle({ bucket, name }, { store }) {
    const record = await store.getBucket(bucket);
    return { record, accessPoint: requireAccessPoint(record, name) };
  },
  render({ record, accessPoint }, _input, _request, { settings }) {
    // A name that can never lead anywhere, least of all to the public service.
    const endpoint = `${accessPoint.name}.${locationOf(settings)}.oss-accesspoint.invalid`;
    return xmlResponse(renderGetAccessPointResult(accessPoint, placeOf(record, settings), endpoint));
  },
});

/** Removes an access point: `DeleteAccessPoint`. */
export const deleteAccessPoint = defineOperation<'DeleteAccessPoint', AccessPointTarget, BucketRecord>({
  name: 'DeleteAccessPoint',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'One that is not there is 404 `NoSuchAccessPoint`.',
  permissions: ownAction('owner'),
  parse: readAccessPointTarget,
  handle: (target, { store }) => updateAccessPoint(store, target, () => undefined),
  render: () => ({ status: 204, headers: {} }),
});

/** @throws {OssError} `AccessPointAlreadyExists`. */
function refuseTaken(record: BucketRecord, name: string): void {
  if (!accessPointsOf(record).some((known) => known.name === name)) return;
  throw new OssError('AccessPointAlreadyExists', { details: { AccessPointName: name } });
}

function placeOf(record: BucketRecord, settings: ServerSettings): AccessPointPlace {
  return { bucket: record.name, accountId: record.ownerId, region: regionOf(settings) };
}
