/**
 * Create-, Get-, Delete- and ListAccessPoints: `?accessPoint`. Kept and given back without effect: nobody answers to an access point's alias or
 * endpoint, so nothing can be reached through one.
 */
import { randomBytes } from 'node:crypto';
import {
  type AccessPoint,
  type AccessPointPlace,
  type AccessPointSettings,
  invalidArgument,
  OssError,
  parseCreateAccessPoint,
  parsePageSize,
  renderCreateAccessPointResult,
  renderGetAccessPointResult,
  renderListAccessPointsResult,
} from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import type { ServerSettings } from '../../settings.js';
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
import { formatContinuationToken, parseContinuationToken } from '../reading/continuation-token.js';
import { ownBuckets } from '../reading/own-buckets.js';

/** The public service's bounds of pages; the former is also how many a bucket can have. */
const OF_BUCKET_COUNT_MAX = 100;
const OF_ACCOUNT_COUNT_MAX = 1000;
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

export const createAccessPoint = defineOperation<'CreateAccessPoint', CreateAccessPointInput, FoundAccessPoint>({
  name: 'CreateAccessPoint',
  effect: 'kept',
  anonymous: 'if granted',
  remark:
    'Nobody answers to an alias, so nothing is reached through one. A taken name is 409 ' +
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

interface ListAccessPointsInput {
  readonly maxKeys: number;
  /** Place of the last one of the page before; empty for the first page. */
  readonly after: string;
}

interface ListAccessPointsOutput {
  readonly accountId: string;
  readonly found: readonly ListedAccessPoint[];
}

interface ListedAccessPoint {
  /** Name and bucket: what listings are sorted by. */
  readonly place: string;
  readonly bucket: string;
  readonly accessPoint: AccessPoint;
}

export const listAccessPoints = defineOperation<'ListAccessPoints', ListAccessPointsInput, ListAccessPointsOutput>({
  name: 'ListAccessPoints',
  effect: 'kept',
  anonymous: 'never',
  remark: 'Shows those of the caller’s buckets. A page has 100 unless `max-keys` says otherwise.',
  permissions: ownAction('owner'),
  parse: (request) => readListing(request, OF_ACCOUNT_COUNT_MAX),
  async handle(input, { store }, { caller: { accountId } }) {
    const all: ListedAccessPoint[] = [];
    for await (const bucket of ownBuckets(store, accountId)) all.push(...listed(bucket));
    return { accountId, found: pageOf(all, input) };
  },
  render: renderListing,
});

export const listBucketAccessPoints = defineOperation<
  'ListBucketAccessPoints',
  ListAccessPointsInput & { readonly bucket: string },
  ListAccessPointsOutput
>({
  name: 'ListBucketAccessPoints',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'ListAccessPoints of one bucket; needs `oss:ListAccessPoints`. A page has 100 unless `max-keys` says less.',
  permissions: ownAction('owner'),
  parse: (request) => ({ ...readListing(request, OF_BUCKET_COUNT_MAX), bucket: requireBucket(request) }),
  async handle(input, { store }) {
    const record = await store.getBucket(input.bucket);
    return { accountId: record.ownerId, found: pageOf(listed(record), input) };
  },
  render: renderListing,
});

function readListing({ query }: OperationRequest, countMax: number): ListAccessPointsInput {
  const token = query.get('continuation-token') ?? '';
  return {
    maxKeys: parsePageSize('max-keys', query.get('max-keys'), { default: OF_BUCKET_COUNT_MAX, max: countMax }),
    after: token === '' ? '' : parseContinuationToken(token),
  };
}

function listed(record: BucketRecord): readonly ListedAccessPoint[] {
  return accessPointsOf(record).map((accessPoint) => ({
    place: `${accessPoint.name}/${record.name}`,
    bucket: record.name,
    accessPoint,
  }));
}

/** One more than a page tells whether there is another. */
function pageOf(
  all: readonly ListedAccessPoint[],
  { maxKeys, after }: ListAccessPointsInput,
): readonly ListedAccessPoint[] {
  return all
    .filter(({ place }) => place > after)
    .sort((one, other) => (one.place < other.place ? -1 : 1))
    .slice(0, maxKeys + 1);
}

function renderListing({ accountId, found }: ListAccessPointsOutput, { maxKeys }: ListAccessPointsInput) {
  const accessPoints = found.slice(0, maxKeys);
  const last = accessPoints.at(-1);
  const isTruncated = found.length > maxKeys && last !== undefined;
  return xmlResponse(
    renderListAccessPointsResult({
      accountId,
      maxKeys,
      accessPoints,
      nextContinuationToken: isTruncated ? formatContinuationToken(last.place) : undefined,
    }),
  );
}

/** @throws {OssError} `AccessPointAlreadyExists`. */
function refuseTaken(record: BucketRecord, name: string): void {
  if (!accessPointsOf(record).some((known) => known.name === name)) return;
  throw new OssError('AccessPointAlreadyExists', { details: { AccessPointName: name } });
}

function placeOf(record: BucketRecord, settings: ServerSettings): AccessPointPlace {
  return { bucket: record.name, accountId: record.ownerId, region: regionOf(settings) };
}
