/** Put-, Get- and DeleteBucketLifecycle: `?lifecycle`. Rules are carried out by `../lifecycle`. */

import { randomUUID } from 'node:crypto';
import {
  invalidArgument,
  type LifecycleRule,
  parseLongLifecycleConfiguration,
  renderLifecycleConfiguration,
  validateLifecycleRules,
} from '@annals/protocol';
import { heavyTurn } from './heavy-turn.js';
import type { OperationRequest } from './operation.js';
import { deleteConfiguration, getConfiguration, putConfiguration } from './stored-configuration.js';

const OVERLAP_HEADER = 'x-oss-allow-same-action-overlap';

export const putBucketLifecycle = putConfiguration('PutBucketLifecycle', 'lifecycle', async (document, request) => {
  const { rules } = await parseLongLifecycleConfiguration(document, heavyTurn);
  validateLifecycleRules(rules, readOverlap(request));
  return { rules: rules.map(withId) };
});

export const getBucketLifecycle = getConfiguration(
  'GetBucketLifecycle',
  'lifecycle',
  renderLifecycleConfiguration,
  'NoSuchLifecycle',
);

export const deleteBucketLifecycle = deleteConfiguration('DeleteBucketLifecycle', 'lifecycle');

function readOverlap({ headers }: OperationRequest): boolean {
  const value = headers.get(OVERLAP_HEADER);
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw invalidArgument(OVERLAP_HEADER, value);
}

function withId(rule: LifecycleRule): LifecycleRule {
  return rule.id === '' ? { ...rule, id: randomUUID() } : rule;
}
