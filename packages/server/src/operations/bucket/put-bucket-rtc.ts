/** PutBucketRTC: `?rtc`, the promised time of a replication. Kept in its rule, without effect. */
import type { XmlContent } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { isContent, malformed, readDocument, requireRules } from '../reading/replication-rules.js';

interface RtcInput {
  readonly bucket: string;
  readonly id: string;
  readonly rtc: XmlContent;
}

/** Keeps whether a replication rule has a time limit: `PutBucketRTC`. */
export const putBucketRtc = defineOperation<'PutBucketRTC', RtcInput, BucketRecord>({
  name: 'PutBucketRTC',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  async parse(request) {
    const content = await readDocument(request, 'ReplicationRule');
    if (typeof content.ID !== 'string' || !isContent(content.RTC)) {
      throw malformed('ReplicationRule must have an ID and RTC.');
    }
    return { bucket: requireBucket(request), id: content.ID.trim(), rtc: content.RTC };
  },
  handle: ({ bucket, id, rtc }, { store }) =>
    store.updateBucket(bucket, (record) => {
      const rules = requireRules(record, id);
      return { configurations: { replication: { ...rules, [id]: { ...rules[id], RTC: rtc } } } };
    }),
  render: () => ({ status: 200, headers: {} }),
});
