/**
 * Answers about changes of a bucket's data redundancy: `BucketDataRedundancyTransition` and lists of them. Their
 * requests have no document.
 */
import { formatIsoTime } from '../../iso-time.js';
import { renderXml, type XmlContent } from '../render-xml.js';

/** A task that waits to be begun: the only state there is on a server that never begins one. */
export interface RedundancyTransition {
  readonly taskId: string;
  readonly createdAtMs: number;
}

/** A task with the bucket it is about. */
export interface BucketRedundancyTransition {
  readonly bucket: string;
  readonly transition: RedundancyTransition;
}

/** Writes the answer of CreateBucketDataRedundancyTransition. */
export function renderRedundancyTransitionTask({ taskId }: RedundancyTransition): string {
  return renderXml('BucketDataRedundancyTransition', { TaskId: taskId });
}

/** Writes the answer of GetBucketDataRedundancyTransition. */
export function renderRedundancyTransition(task: BucketRedundancyTransition): string {
  return renderXml('BucketDataRedundancyTransition', contentOfTask(task));
}

/**
 * Writes the answer of List{Bucket,User}DataRedundancyTransition.
 * @param nextContinuationToken Undefined on the last page.
 */
export function renderRedundancyTransitionList(
  tasks: readonly BucketRedundancyTransition[],
  nextContinuationToken?: string,
): string {
  return renderXml('ListBucketDataRedundancyTransition', {
    BucketDataRedundancyTransition: tasks.map(contentOfTask),
    IsTruncated: nextContinuationToken !== undefined,
    NextContinuationToken: nextContinuationToken,
  });
}

function contentOfTask({ bucket, transition: { taskId, createdAtMs } }: BucketRedundancyTransition): XmlContent {
  return { Bucket: bucket, TaskId: taskId, Status: 'Queueing', CreateTime: formatIsoTime(createdAtMs) };
}
