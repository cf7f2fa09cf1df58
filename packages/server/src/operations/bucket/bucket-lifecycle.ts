/** Put-, Get- and DeleteBucketLifecycle: `?lifecycle`. Rules are carried out by `../lifecycle`. */

import { randomUUID } from 'node:crypto';
import {
  invalidArgument,
  type LifecycleRule,
  parseLongLifecycleConfiguration,
  renderLongLifecycleConfiguration,
  validateLifecycleRules,
} from '@annals/protocol';
import { heavyTurn } from '../../limits/heavy-turn.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { refuseUnwatchable } from '../configuring/access-monitor-rules.js';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

const OVERLAP_HEADER = 'x-oss-allow-same-action-overlap';

/** Sets the lifecycle rules, which the lifecycle run then carries out: `PutBucketLifecycle`. */
export const putBucketLifecycle = putConfiguration(
  {
    name: 'PutBucketLifecycle',
    effect: 'works',
    remark:
      'Carried out once a day (`lifecycle.hour`, `lifecycle.interval`). A run that the end of the process breaks ' +
      'off is taken up at the next start. Transitions by access time (`IsAccessTime`) are configuration without ' +
      'effect: kept and given back, never due, because accesses are not recorded; they need access monitoring ' +
      '(EC 0014-00000016). `Days` beside the actions of a ' +
      'rule, as the Android SDK writes them, have no effect, and a rule without anything else is `MalformedXML` ' +
      '(“Action is missing”), both as on the public service. `Date` means everything from that day on, ' +
      '`CreatedBeforeDate` everything older than that day; each comes back as itself. Only enabled rules can ' +
      'overlap each other; rules that want different values of one tag never do, nor do a rule with tags and one ' +
      'without. Overlapping rules must not do the same, nor cross (a colder class or the end no later than a ' +
      'warmer class), unless `x-oss-allow-same-action-overlap` is `true`; ends of uploads must never overlap. A ' +
      'rule that an earlier version stored without understanding it is reported at the start and not run, where what ' +
      'was stored shows it: of a misspelt prefix (`<Prefx>`) it shows nothing, because rules are stored as they were ' +
      'understood and not as text.',
  },
  'lifecycle',
  async (document, request) => {
    const { rules } = await parseLongLifecycleConfiguration(document, heavyTurn);
    validateLifecycleRules(rules, readOverlap(request));
    return { rules: rules.map(withId) };
  },
  undefined,
  undefined,
  (configuration, record) => refuseUnwatchable(configuration?.rules ?? [], record),
);

/** Shows the lifecycle rules: `GetBucketLifecycle`. */
export const getBucketLifecycle = getConfiguration(
  { name: 'GetBucketLifecycle', effect: 'works' },
  'lifecycle',
  renderLongLifecycleConfiguration,
  'NoSuchLifecycle',
);

/** Removes the lifecycle rules: `DeleteBucketLifecycle`. */
export const deleteBucketLifecycle = deleteConfiguration(
  { name: 'DeleteBucketLifecycle', effect: 'works' },
  'lifecycle',
);

function readOverlap({ headers }: OperationRequest): boolean {
  const value = headers.get(OVERLAP_HEADER);
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw invalidArgument(OVERLAP_HEADER, value);
}

function withId(rule: LifecycleRule): LifecycleRule {
  return rule.id === '' ? { ...rule, id: randomUUID() } : rule;
}
