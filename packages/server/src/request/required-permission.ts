/** A right that a request needs. Leaves out who has it (`../auth`, `../policy`). */

/** One right the caller needs. Bucket and key default to the request's own. */
export interface RequiredPermission {
  /** Such as `oss:PutObject`. */
  readonly action: string;
  /** Which half of an ACL decides when no policy does. `owner`: ACLs never grant it. */
  readonly access: 'read' | 'write' | 'owner';
  readonly bucket?: string;
  readonly key?: string;
  /** Of a `key` that is not the request's own. */
  readonly versionId?: string;
  /** The right is about this key of the KMS and no bucket; empty for the default one. */
  readonly kmsKeyId?: string;
}

/**
 * Asks for a right that shows only when the object is known, such as the one on what a symlink leads to.
 * @throws {OssError} `AccessDenied`.
 */
export type RequirePermission = (permission: RequiredPermission) => Promise<void>;
