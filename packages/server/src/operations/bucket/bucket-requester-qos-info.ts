/**
 * Put-, Get- and DeleteBucketRequesterQosInfo: `?requesterQosInfo`, limits of those who ask. Without effect: the
 * operator sets limits.
 */
import { parsePlainConfiguration, renderXml } from '@annals/protocol';
import { deleteNamed, getNamed, type NamedKind, putNamed } from '../configuring/named-configuration.js';
import { requireLimits, withAllLimits } from '../reading/qos-limits.js';

const REQUESTER: NamedKind = {
  member: 'requesterQosInfo',
  parameter: 'qosRequester',
  requiresParameter: true,
  id: /^\d{1,32}$/,
  missing: 'NoSuchConfiguration',
};

/** Keeps the bandwidth limits of one requester: `PutBucketRequesterQosInfo`. */
export const putBucketRequesterQosInfo = putNamed(
  { name: 'PutBucketRequesterQosInfo', effect: 'kept' },
  REQUESTER,
  (document) => {
    const content = parsePlainConfiguration(document, 'QoSConfiguration');
    requireLimits(content);
    return content;
  },
  (content) => content,
);

/** Shows the bandwidth limits of one requester: `GetBucketRequesterQosInfo`. */
export const getBucketRequesterQosInfo = getNamed(
  { name: 'GetBucketRequesterQosInfo', effect: 'kept' },
  REQUESTER,
  (content, requester) =>
    renderXml('RequesterQoSInfo', { Requester: requester, QoSConfiguration: withAllLimits(content) }),
);

/** Removes the bandwidth limits of one requester: `DeleteBucketRequesterQosInfo`. */
export const deleteBucketRequesterQosInfo = deleteNamed(
  { name: 'DeleteBucketRequesterQosInfo', effect: 'kept' },
  REQUESTER,
);
