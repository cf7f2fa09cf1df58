/**
 * OptionObject: `OPTIONS /KEY`, the question a browser asks before it sends a page's request to another origin. Never
 * signed.
 */
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { preflightHeaders } from '../../bucket-rules/cross-origin.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';

/** Answers the preflight request of a browser: `OptionObject`. */
export const optionObject = defineOperation<'OptionObject', OperationRequest, Record<string, string>>({
  name: 'OptionObject',
  effect: 'works',
  anonymous: 'always',
  remark: 'Never signed: a signature in the URL belongs to the request it asks about.',
  permissions: () => [],
  parse: (request) => request,
  async handle({ bucket, headers }, { store }) {
    const cors = bucket === undefined ? undefined : configurationsOf(await store.getBucket(bucket)).cors;
    return preflightHeaders(cors, headers);
  },
  render: (headers) => ({ status: 200, headers }),
});
