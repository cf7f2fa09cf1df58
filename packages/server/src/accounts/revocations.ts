/**
 * Which temporary keys are revoked. Nothing is known of a temporary key but what its token says, so a revocation says
 * which tokens it is about: one key, a session of a role, all of a role, all that a user has got, each as far as it was
 * lent before. It is forgotten when the last of them has expired. Leaves out tokens (`../sts/security-token.ts`).
 */
import type { EngineFailure } from '@annals/store';
import type { ReadRow } from './read-row.js';

/** What a revocation is about. */
export type RevocationSubject =
  | { readonly kind: 'key'; readonly accessKeyId: string }
  | { readonly kind: 'role'; readonly roleId: string; readonly roleName: string }
  | { readonly kind: 'session'; readonly roleId: string; readonly roleName: string; readonly sessionName: string }
  | { readonly kind: 'user'; readonly uid: string; readonly userName: string };

/** A revocation as it is stored. */
export type RevocationRow = RevocationSubject & {
  /** Sessions lent up to then are over. Of a single key it does not matter. */
  readonly revokedAtMs: number;
  /** From then on none of the keys could be used anyway. */
  readonly forgetAtMs: number;
};

/** One temporary key of a chain. */
export interface SessionLink {
  readonly accessKeyId: string;
  readonly roleId: string;
  readonly sessionName: string;
  /** `undefined`: made by a version that did not say. Counts as long ago. */
  readonly issuedAtMs: number | undefined;
}

/** Where a temporary key comes from. */
export interface SessionLineage {
  /** The key itself, then the keys of the sessions that lent it, the latest first. */
  readonly links: readonly SessionLink[];
  /** User at the beginning of the chain; `undefined`: made by a version that did not say, so it may be any. */
  readonly uid: string | undefined;
}

/** Revocations in memory at once. */
export const REVOCATION_COUNT_MAX = 10_000;

/** @returns What tells a revocation from all others. */
export function revocationName(subject: RevocationSubject): string {
  switch (subject.kind) {
    case 'key':
      return `key ${subject.accessKeyId}`;
    case 'role':
      return `role ${subject.roleId}`;
    case 'session':
      return `session ${subject.roleId} ${subject.sessionName}`;
    case 'user':
      return `user ${subject.uid}`;
  }
}

/** All revocations, to be asked with each use of a temporary key: some look-ups in a map. */
export class RevocationIndex {
  /** Name of the revocation, and up to when keys were lent that it is about. */
  readonly #revokedAtMs = new Map<string, number>();
  /** Of rows that cannot be read, by what their keys say they are about. */
  readonly #damage = new Map<string, EngineFailure>();
  #latestUserMs = Number.NEGATIVE_INFINITY;

  constructor(rows: readonly ReadRow<RevocationRow>[]) {
    for (const read of rows) {
      if ('damage' in read) {
        this.#damage.set(read.name, read.damage);
        continue;
      }
      const { row } = read;
      this.#revokedAtMs.set(revocationName(row), row.kind === 'key' ? Number.POSITIVE_INFINITY : row.revokedAtMs);
      if (row.kind === 'user') this.#latestUserMs = Math.max(this.#latestUserMs, row.revokedAtMs);
    }
  }

  /**
   * @returns Whether a key may not be used any more: it, or a session that lent it, is revoked.
   * @throws {EngineFailure} `corrupt`: a revocation is about the key, and its row does not say since when.
   */
  revokes(lineage: SessionLineage): boolean {
    if (this.#damage.size > 0) this.#refuseDamaged(lineage);
    const { links, uid } = lineage;
    if (this.#revokedAtMs.size === 0) return false;
    const oldest = links.at(-1);
    if (oldest !== undefined && (oldest.issuedAtMs ?? Number.NEGATIVE_INFINITY) <= this.#ofUser(uid)) return true;
    return links.some(({ accessKeyId, roleId, sessionName, issuedAtMs = Number.NEGATIVE_INFINITY }) =>
      namesOf({ accessKeyId, roleId, sessionName }).some(
        (name) => issuedAtMs <= (this.#revokedAtMs.get(name) ?? Number.NaN),
      ),
    );
  }

  #refuseDamaged({ links, uid }: SessionLineage): void {
    const ofUsers = [...this.#damage.keys()].filter((name) => name.startsWith('user ') && uid === undefined);
    for (const name of [...links.flatMap(namesOf), `user ${uid}`, ...ofUsers]) {
      const damage = this.#damage.get(name);
      if (damage !== undefined) throw damage;
    }
  }

  #ofUser(uid: string | undefined): number {
    return uid === undefined ? this.#latestUserMs : (this.#revokedAtMs.get(`user ${uid}`) ?? Number.NaN);
  }
}

/** Names of the revocations that a key of a chain may be in, but for its user's. */
function namesOf({ accessKeyId, roleId, sessionName }: Omit<SessionLink, 'issuedAtMs'>): readonly string[] {
  return [`key ${accessKeyId}`, `role ${roleId}`, `session ${roleId} ${sessionName}`];
}
