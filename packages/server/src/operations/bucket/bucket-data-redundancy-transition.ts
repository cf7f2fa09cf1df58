/**
 * Create-, Get-, Delete- and ListBucketDataRedundancyTransition: `?redundancyTransition`. Kept and given back: this
 * server has one copy of the data, so a task stays queued and the bucket says the redundancy it was made with.
 */
import { randomBytes } from 'node:crypto';
import {
  type BucketRedundancyTransition,
  invalidArgument,
  OssError,
  type RedundancyTransition,
  renderRedundancyTransition,
  renderRedundancyTransitionList,
  renderRedundancyTransitionTask,
} from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';
import { taskOf } from '../reading/redundancy-task.js';

const TARGET = 'x-oss-target-redundancy-type';

const TASK_ID = 'x-oss-redundancy-transition-taskid';

const TASK_ID_LENGTH_BYTES = 16;

/** Keeps a task that changes the redundancy of a bucket: `CreateBucketDataRedundancyTransition`. */
export const createBucketDataRedundancyTransition = defineOperation<
  'CreateBucketDataRedundancyTransition',
  string,
  RedundancyTransition
>({
  name: 'CreateBucketDataRedundancyTransition',
  effect: 'kept',
  anonymous: 'if granted',
  remark:
    'The task stays `Queueing` and the bucket LRS. A second one is 409 ' +
    '`BucketDataRedundancyTransitionTaskStatusConflict`.',
  permissions: ownAction('owner'),
  parse(request) {
    const target = request.query.get(TARGET) ?? '';
    if (target !== 'ZRS') throw invalidArgument(TARGET, target, 'Data redundancy can only be changed to ZRS.');
    return requireBucket(request);
  },
  async handle(bucket, { store, clock }) {
    const taskId = randomBytes(TASK_ID_LENGTH_BYTES).toString('hex');
    const redundancyTransition: RedundancyTransition = { taskId, createdAtMs: clock() };
    await store.updateBucket(bucket, (record) => {
      if (record.dataRedundancyType !== 'LRS') {
        throw invalidArgument(TARGET, 'ZRS', 'Data redundancy can only be changed from LRS.');
      }
      if (taskOf(record) !== undefined) throw new OssError('BucketDataRedundancyTransitionTaskStatusConflict');
      return { configurations: { redundancyTransition } };
    });
    return redundancyTransition;
  },
  render: (transition) => xmlResponse(renderRedundancyTransitionTask(transition)),
});

interface TaskInput {
  readonly bucket: string;
  readonly taskId: string;
}

function readTask(request: OperationRequest): TaskInput {
  return { bucket: requireBucket(request), taskId: request.query.get(TASK_ID) ?? '' };
}

/** Shows such a task: `GetBucketDataRedundancyTransition`. */
export const getBucketDataRedundancyTransition = defineOperation<
  'GetBucketDataRedundancyTransition',
  TaskInput,
  BucketRedundancyTransition
>({
  name: 'GetBucketDataRedundancyTransition',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: readTask,
  handle: async ({ bucket, taskId }, { store }) => requireTask(await store.getBucket(bucket), taskId),
  render: (task) => xmlResponse(renderRedundancyTransition(task)),
});

/** Removes such a task: `DeleteBucketDataRedundancyTransition`. */
export const deleteBucketDataRedundancyTransition = defineOperation<
  'DeleteBucketDataRedundancyTransition',
  TaskInput,
  BucketRecord
>({
  name: 'DeleteBucketDataRedundancyTransition',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'One that is not there is 404 `BucketDataRedundancyTransitionTaskNotExist`.',
  permissions: ownAction('owner'),
  parse: readTask,
  handle: ({ bucket, taskId }, { store }) =>
    store.updateBucket(bucket, (record) => {
      requireTask(record, taskId);
      return { configurations: { redundancyTransition: undefined } };
    }),
  render: () => ({ status: 204, headers: {} }),
});

/** Lists such tasks of one bucket: `ListBucketDataRedundancyTransition`. */
export const listBucketDataRedundancyTransition = defineOperation<
  'ListBucketDataRedundancyTransition',
  string,
  BucketRecord
>({
  name: 'ListBucketDataRedundancyTransition',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render(bucket) {
    const task = taskOf(bucket);
    return xmlResponse(renderRedundancyTransitionList(task === undefined ? [] : [task]));
  },
});

/** @throws {OssError} `BucketDataRedundancyTransitionTaskNotExist`. */
function requireTask(record: BucketRecord, taskId: string): BucketRedundancyTransition {
  const task = taskOf(record);
  if (task?.transition.taskId === taskId) return task;
  throw new OssError('BucketDataRedundancyTransitionTaskNotExist', { details: { BucketName: record.name } });
}
