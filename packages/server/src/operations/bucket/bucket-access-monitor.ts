/** Put- and GetBucketAccessMonitor: `?accessmonitor`. Without effect: times of access are not recorded. */
import { requirePlainValue } from '@annals/protocol';
import { refuseUnwatched } from '../configuring/access-monitor-rules.js';
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
