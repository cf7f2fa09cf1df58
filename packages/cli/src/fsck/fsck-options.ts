/** What `annals fsck` may be told. */

/** Flags of the command. */
export interface FsckOptions {
  readonly json?: true;
  readonly repair?: true;
  readonly undo?: string;
  readonly masterKeyFile?: string;
  readonly kmsFolder?: string;
}
