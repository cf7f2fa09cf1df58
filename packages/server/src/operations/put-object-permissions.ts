/** The rights that every operation needs which creates or extends an object. */
import { REQUEST_HEADERS } from '@annals/protocol';
import type { OperationRequest, RequiredPermission } from './operation.js';

/** What it takes to make an object that has tags. */
export const PUT_TAGS: RequiredPermission = { action: 'oss:PutObjectTagging', access: 'write' };

/** What it takes to protect an object from its birth. No ACL grants it: whoever lets strangers write does not let them fill a disk for good. */
const PROTECTIONS: readonly (readonly [header: string, right: RequiredPermission])[] = [
  [REQUEST_HEADERS.objectWormMode, { action: 'oss:PutObjectRetention', access: 'owner' }],
  [REQUEST_HEADERS.objectWormLegalHold, { action: 'oss:PutObjectLegalHold', access: 'owner' }],
];

/** `oss:PutObject`; with tags `oss:PutObjectTagging` too, with a retention or a legal hold the right to set that. */
export function putObjectPermissions({ headers }: OperationRequest): readonly RequiredPermission[] {
  const rights: RequiredPermission[] = [{ action: 'oss:PutObject', access: 'write' }];
  if (headers.has('x-oss-tagging')) rights.push(PUT_TAGS);
  for (const [header, right] of PROTECTIONS) if (headers.has(header)) rights.push(right);
  return rights;
}
