/**
 * Put-, Get- and DeleteAccessPointPolicy: `?accessPointPolicy`. Kept and given back byte for byte, without effect: no
 * request comes through an access point.
 */
import { LIMITS, OssError, parseJson } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { refuseUnknownActions } from '../../policy/known-actions.js';
import { ownAction } from '../../request/operation-permission.js';
import {
  type AccessPointTarget,
  readAccessPointTarget,
  requireAccessPoint,
  updateAccessPoint,
} from '../reading/bucket-access-points.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';

interface PutPolicyInput extends AccessPointTarget {
  readonly policy: string;
}

/** Sets the policy of an access point: `PutAccessPointPolicy`. */
export const putAccessPointPolicy = defineOperation<'PutAccessPointPolicy', PutPolicyInput, BucketRecord>({
  name: 'PutAccessPointPolicy',
  effect: 'kept',
  anonymous: 'if granted',
  remark:
    'Kept and given back byte for byte. It must be JSON with `Version` and `Statement`, of 16 KiB at most, whose ' +
    'actions there are; what it grants is not looked at.',
  permissions: ownAction('owner'),
  async parse(request) {
    const target = readAccessPointTarget(request);
    return { ...target, policy: checkPolicy(await readConfigurationDocument(request)) };
  },
  handle: ({ policy, ...target }, { store }) =>
    updateAccessPoint(store, target, (accessPoint) => ({ ...accessPoint, policy })),
  render: () => ({ status: 200, headers: {} }),
});

/** Gives back the policy of an access point as it was put: `GetAccessPointPolicy`. */
export const getAccessPointPolicy = defineOperation<'GetAccessPointPolicy', AccessPointTarget, string>({
  name: 'GetAccessPointPolicy',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'Without a policy 404 `NoSuchAccessPointPolicy`.',
  permissions: ownAction('owner'),
  parse: readAccessPointTarget,
  async handle({ bucket, name }, { store }) {
    const { policy } = requireAccessPoint(await store.getBucket(bucket), name);
    if (policy !== undefined) return policy;
    throw new OssError('NoSuchAccessPointPolicy', { details: { BucketName: bucket, AccessPointName: name } });
  },
  render: (policy) => ({
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: new TextEncoder().encode(policy),
  }),
});

/** Removes the policy of an access point: `DeleteAccessPointPolicy`. */
export const deleteAccessPointPolicy = defineOperation<'DeleteAccessPointPolicy', AccessPointTarget, BucketRecord>({
  name: 'DeleteAccessPointPolicy',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: readAccessPointTarget,
  handle: (target, { store }) => updateAccessPoint(store, target, ({ policy: _removed, ...left }) => left),
  render: () => ({ status: 204, headers: {} }),
});

/**
 * Looks whether a document can be a policy at all, and whether its actions exist. What it grants is not looked at:
 * nothing is granted by it.
 * @throws {OssError} `InvalidPolicyDocument`.
 */
function checkPolicy(document: Uint8Array): string {
  if (document.length > LIMITS.bucketPolicyLengthBytesMax) {
    throw invalidPolicy(`the document is longer than ${LIMITS.bucketPolicyLengthBytesMax} bytes`);
  }
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(document);
    value = parseJson(text);
  } catch (cause) {
    throw invalidPolicy('the document is not JSON in UTF-8 in which no member is given twice', cause);
  }
  if (!isRecord(value) || value.Version !== '1') throw invalidPolicy('Version is not "1"');
  const statements: readonly unknown[] = Array.isArray(value.Statement) ? value.Statement : [value.Statement];
  if (statements.length === 0 || !statements.every(isRecord)) throw invalidPolicy('Statement has no statements');
  for (const [index, { Action, NotAction }] of statements.entries()) {
    const patterns = [Action, NotAction].flat().filter((pattern) => typeof pattern === 'string');
    refuseUnknownActions(
      patterns.map((pattern) => pattern.toLowerCase()),
      `Statement[${index}]`,
    );
  }
  return text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalidPolicy(what: string, cause?: unknown): OssError {
  return new OssError('InvalidPolicyDocument', {
    message: `Invalid Policy: ${what}.`,
    ...(cause !== undefined && { cause }),
  });
}
