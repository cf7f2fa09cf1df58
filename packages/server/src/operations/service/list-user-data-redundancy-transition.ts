/** ListUserDataRedundancyTransition: `GET /?redundancyTransition`, of all buckets of the caller. */
import { type BucketRedundancyTransition, parsePageSize, renderRedundancyTransitionList } from '@annals/protocol';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { xmlResponse } from '../answering/xml-response.js';
import { formatContinuationToken, parseContinuationToken } from '../reading/continuation-token.js';
import { ownBuckets } from '../reading/own-buckets.js';
import { taskOf } from '../reading/redundancy-task.js';

/** The public service's. */
const PAGE_COUNT_MAX = 100;

interface ListTasksInput {
  readonly ownerId: string;
  readonly maxKeys: number;
  /** Last bucket of the page before; empty for the first page. */
  readonly after: string;
}

interface ListTasksOutput {
  readonly tasks: readonly BucketRedundancyTransition[];
  readonly isTruncated: boolean;
}

/** Lists such tasks of all buckets: `ListUserDataRedundancyTransition`. */
export const listUserDataRedundancyTransition = defineOperation<
  'ListUserDataRedundancyTransition',
  ListTasksInput,
  ListTasksOutput
>({
  name: 'ListUserDataRedundancyTransition',
  effect: 'kept',
  anonymous: 'never',
  remark: 'Shows those of the caller’s buckets.',
  permissions: ownAction('owner'),
  parse({ query, caller }) {
    const bounds = { default: PAGE_COUNT_MAX, max: PAGE_COUNT_MAX };
    const token = query.get('continuation-token') ?? '';
    return {
      ownerId: caller.accountId,
      maxKeys: parsePageSize('max-keys', query.get('max-keys'), bounds),
      after: token === '' ? '' : parseContinuationToken(token),
    };
  },
  async handle({ ownerId, maxKeys, after }, { store }) {
    const tasks: BucketRedundancyTransition[] = [];
    for await (const bucket of ownBuckets(store, ownerId, { after })) {
      const task = taskOf(bucket);
      if (task === undefined) continue;
      if (tasks.length === maxKeys) return { tasks, isTruncated: true };
      tasks.push(task);
    }
    return { tasks, isTruncated: false };
  },
  render({ tasks, isTruncated }) {
    const last = tasks.at(-1);
    const next = isTruncated && last !== undefined ? formatContinuationToken(last.bucket) : undefined;
    return xmlResponse(renderRedundancyTransitionList(tasks, next));
  },
});
