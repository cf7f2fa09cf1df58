/**
 * The resource group of a bucket, a label without effect here: what `x-oss-resource-group-id` and the documents may
 * say.
 */
import { invalidArgument, type XmlContent } from '@annals/protocol';
import type { OperationRequest } from '../../request/operation-request.js';

/** The group of a bucket that was told none. */
export const DEFAULT_RESOURCE_GROUP_ID = 'rg-default-id';

/** What an id may be; empty stands for the default group. */
export const RESOURCE_GROUP_ID = /^[A-Za-z0-9-]{0,64}$/;

const HEADER = 'x-oss-resource-group-id';

/**
 * Reads the header.
 * @returns The id; `undefined` without the header or with an empty one.
 * @throws {OssError} `InvalidArgument`.
 */
export function readResourceGroupId({ headers }: Pick<OperationRequest, 'headers'>): string | undefined {
  const id = headers.get(HEADER);
  if (id === undefined || id === '') return undefined;
  if (!RESOURCE_GROUP_ID.test(id)) throw invalidArgument(HEADER, id);
  return id;
}

/**
 * Tells the group that a bucket is in.
 * @param told Its document, if it was told.
 */
export function resourceGroupOf(told: XmlContent | undefined): string {
  const id = told?.ResourceGroupId;
  return (typeof id === 'string' ? id.trim() : '') || DEFAULT_RESOURCE_GROUP_ID;
}
