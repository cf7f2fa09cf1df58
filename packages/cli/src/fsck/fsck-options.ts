/** What `annals fsck` may be told. */

/** Flags of the command. */
export interface FsckOptions {
  readonly config?: string;
  readonly metadata?: string;
  readonly blobs?: string;
  readonly json?: true;
  readonly repair?: true;
  readonly compact?: true;
  readonly undo?: string;
  readonly auditSince?: string;
  readonly masterKeyFile?: string;
  readonly kmsFolder?: string;
}
