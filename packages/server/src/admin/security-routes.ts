/**
 * Routes about keys beyond those of users: the root's pair, temporary keys that are revoked, and the head of the audit
 * log.
 */
import { AccountFailure } from '../accounts/account-failure.js';
import type { AdminRoute } from './admin-route.js';

/** The root key pair. For the root alone: the holder of the new pair is the root. */
export const rootRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'root',
    action: 'ram:GetRootAccessKey',
    resource: '*',
    isForRootOnly: true,
    run: async ({ directory }) => ({ rootAccessKey: directory.describeRoot() }),
  },
  {
    method: 'POST',
    path: 'root/rotate',
    action: 'ram:RotateRootAccessKey',
    resource: '*',
    isForRootOnly: true,
    async run({ directory }, _, values) {
      const overlapMs = values.number('overlapMs') ?? 0;
      values.refuseOthers();
      const { current, previous } = await directory.rotateRoot(overlapMs);
      return {
        rootAccessKey: current,
        ...(previous !== undefined && {
          previous: { accessKeyId: previous.accessKeyId, validUntilMs: previous.validUntilMs },
        }),
      };
    },
  },
  {
    method: 'DELETE',
    path: 'root/previous',
    action: 'ram:EndRootAccessKeyOverlap',
    resource: '*',
    isForRootOnly: true,
    async run({ directory }) {
      await directory.root.endOverlap();
      return { rootAccessKey: directory.describeRoot() };
    },
  },
];

/** Temporary keys that may be used no more. */
export const revocationRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'revocations',
    action: 'ram:ListRevocations',
    resource: '*',
    run: async ({ sessions }) => ({ revocations: await sessions.listRevocations() }),
  },
  {
    method: 'PUT',
    path: 'revocations/keys/:key',
    action: 'ram:RevokeTemporaryKey',
    resource: '*',
    run: async ({ sessions }, { key = '' }) => ({ revocation: await sessions.revokeKey(key) }),
  },
  {
    method: 'PUT',
    path: 'revocations/roles/:role',
    action: 'ram:RevokeRoleSessions',
    resource: 'role/{role}',
    run: async ({ sessions }, { role = '' }) => ({ revocation: await sessions.revokeRole(role) }),
  },
  {
    method: 'PUT',
    path: 'revocations/roles/:role/sessions/:session',
    action: 'ram:RevokeRoleSessions',
    resource: 'role/{role}',
    run: async ({ sessions }, { role = '', session = '' }) => ({
      revocation: await sessions.revokeRole(role, session),
    }),
  },
  {
    method: 'PUT',
    path: 'revocations/users/:user',
    action: 'ram:RevokeUserSessions',
    resource: 'user/{user}',
    run: async ({ sessions }, { user = '' }) => ({ revocation: await sessions.revokeUser(user) }),
  },
];

/** What to note elsewhere, so that a log that was cut short shows. */
export const auditRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'audit/head',
    action: 'ram:GetAuditHead',
    resource: '*',
    async run({ audit }) {
      const { head } = audit;
      if (head === undefined) throw new AccountFailure({ kind: 'not-found', entity: 'audit-log', name: 'audit' });
      return { head };
    },
  },
];
