/**
 * Get-, Put- and DeletePublicAccessBlock: `?publicAccessBlock` on the service: whether unsigned callers may have
 * rights, in all buckets.
 */

import { parsePublicAccessBlock, renderPublicAccessBlock } from '@annals/protocol';
import { checks } from '@annals/store';
import { PUBLIC_ACCESS_BLOCK } from '../../bucket-configuration/public-access-block.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';

/** Says whether the account blocks public access to all its buckets: `PutPublicAccessBlock`. */
export const putPublicAccessBlock = defineOperation<'PutPublicAccessBlock', boolean, void>({
  name: 'PutPublicAccessBlock',
  effect: 'works',
  anonymous: 'never',
  permissions: ownAction('owner'),
  parse: async (request) => parsePublicAccessBlock(await readConfigurationDocument(request)),
  handle: (isBlocked, { store }) => store.setServiceConfiguration(PUBLIC_ACCESS_BLOCK, isBlocked),
  render: () => ({ status: 200, headers: {} }),
});

/** Whether the account blocks public access: `GetPublicAccessBlock`. */
export const getPublicAccessBlock = defineOperation<'GetPublicAccessBlock', undefined, boolean>({
  name: 'GetPublicAccessBlock',
  effect: 'works',
  anonymous: 'never',
  permissions: ownAction('owner'),
  parse: () => undefined,
  handle: async (_input, { store }) => (await store.serviceConfiguration(PUBLIC_ACCESS_BLOCK, checks.flag)) === true,
  render: (isBlocked) => xmlResponse(renderPublicAccessBlock(isBlocked)),
});

/** Takes the block of the account away: `DeletePublicAccessBlock`. */
export const deletePublicAccessBlock = defineOperation<'DeletePublicAccessBlock', undefined, void>({
  name: 'DeletePublicAccessBlock',
  effect: 'works',
  anonymous: 'never',
  permissions: ownAction('owner'),
  parse: () => undefined,
  handle: (_input, { store }) => store.setServiceConfiguration(PUBLIC_ACCESS_BLOCK, undefined),
  render: () => ({ status: 204, headers: {} }),
});
