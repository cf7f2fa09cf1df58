/** Put- and GetBucketAccessMonitor: `?accessmonitor`. Without effect: times of access are not recorded. */
import { OssError, requirePlainValue, type XmlContent } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { getPlainConfiguration, putPlainConfiguration } from '../configuring/stored-configuration.js';

/** Turns tracking of access times on or off: `PutBucketAccessMonitor`. */
export const putBucketAccessMonitor = putPlainConfiguration(
  {
    name: 'PutBucketAccessMonitor',
    effect: 'kept',
    remark:
      'Access times are not recorded. Disabling it while a lifecycle rule goes by the last access is 400 ' +
      '`InvalidRequest`; which code the public service has is not documented.',
  },
  'accessMonitor',
  'AccessMonitorConfiguration',
  (content) => requirePlainValue(content, 'Status', /^(?:Enabled|Disabled)$/),
  refuseUnwatched,
);

/** Shows whether access times are tracked: `GetBucketAccessMonitor`. */
export const getBucketAccessMonitor = getPlainConfiguration(
  { name: 'GetBucketAccessMonitor', effect: 'kept' },
  'accessMonitor',
  'AccessMonitorConfiguration',
  { Status: 'Disabled' },
);

/** Rules that count from the last access would stand still without it. */
function refuseUnwatched({ Status: status }: XmlContent, record: BucketRecord): void {
  const { lifecycle } = configurationsOf(record);
  const isUsed = lifecycle?.rules.some(({ transitions, noncurrentVersionTransitions }) =>
    [...transitions, ...noncurrentVersionTransitions].some(({ isAccessTime }) => isAccessTime === true),
  );
  if (status !== 'Disabled' || isUsed !== true) return;
  throw new OssError('InvalidRequest', {
    message: 'Access monitoring cannot be disabled while a lifecycle rule goes by the last access time.',
  });
}
