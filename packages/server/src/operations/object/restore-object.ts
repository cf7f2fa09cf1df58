/**
 * RestoreObject: `POST /KEY?restore[&versionId=ID]`. Restoring takes as long as the store's setting
 * `archive.restoreDelayMs` says, by default no time; the first request is answered with 202 all the same, because
 * clients ask again until they see 200 or the header `x-oss-restore`.
 */
import { invalidArgument, malformed, parseRestoreRequest, type RestoreRequest } from '@annals/protocol';
import type { RestoreInput, RestoreOutcome } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { versionHeaders } from '../answering/object-response-headers.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { readVersionTarget } from '../reading/version-id.js';

/**
 * Days a restored object stays readable. RestoreObject: 7 for Archive, 365 for the colder classes; the longer is taken
 * for all.
 */
const DAYS_MAX = 365;

interface RestoreObjectInput {
  readonly restore: RestoreInput;
  /** Whether the document says how hastily, which objects of the class Archive do not know. */
  readonly hasTier: boolean;
}

/** Makes an archived object readable for some days: `RestoreObject`. */
export const restoreObject = defineOperation<'RestoreObject', RestoreObjectInput, RestoreOutcome>({
  name: 'RestoreObject',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'The object can be read at once: the setting `archive.restore-delay` is 0 by default. The first request is ' +
    'answered with 202, further ones with 200. 1 to 365 days for every class, 1 without a number. An appendable ' +
    'object of class Archive takes appends without being restored.',
  permissions: ownAction('write'),
  async parse(request) {
    const target = readVersionTarget(request);
    const { days, tier } = await readRestoreRequest(request);
    if (days !== undefined && (days < 1 || days > DAYS_MAX)) throw invalidArgument('Days', String(days));
    return { restore: { ...target, days, tier: tier ?? 'Standard' }, hasTier: tier !== undefined };
  },
  async handle({ restore, hasTier }, { store }) {
    if (hasTier) {
      const { storageClass } = await store.headObject(restore);
      if (storageClass === 'Archive')
        throw malformed('JobParameters cannot be used with an object of the class Archive.');
    }
    return store.restoreObject(restore);
  },
  render: ({ head, wasRestored }) => ({
    status: wasRestored ? 200 : 202,
    headers: {
      ...versionHeaders(head),
      // Objects of the class Archive have no tiers.
      ...(head.restore !== undefined &&
        head.storageClass !== 'Archive' && { 'x-oss-object-restore-priority': head.restore.tier }),
    },
  }),
});

/** The body may be left out. */
async function readRestoreRequest(request: OperationRequest): Promise<RestoreRequest> {
  const document = await readConfigurationDocument(request);
  return document.length === 0 ? {} : parseRestoreRequest(document);
}
