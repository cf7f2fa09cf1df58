/** ListAccessPoints: `GET /?accessPoint`, of all buckets of the caller. */
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import {
  type ListAccessPointsInput,
  type ListAccessPointsOutput,
  type ListedAccessPoint,
  listed,
  pageOf,
  readListing,
  renderListing,
} from '../answering/access-point-listing.js';
import { ownBuckets } from '../reading/own-buckets.js';

const OF_ACCOUNT_COUNT_MAX = 1000;

/** Lists the access points of all buckets: `ListAccessPoints`. */
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
