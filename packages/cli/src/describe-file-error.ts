/** What the operating system says of a file or disk of this machine, in words for people. */
import { describeError, systemErrorCode } from './command-failure.js';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read or write it',
  EDQUOT: 'there is no space left for this user',
  EEXIST: 'there is a file in the place of a folder',
  EFBIG: 'it is too long for this file system',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open (ulimit -n)',
  ENAMETOOLONG: 'its name is too long for this file system',
  ENOENT: 'there is no such file',
  ENOSPC: 'there is no space left',
  ENOTDIR: 'a part of its path is a file and no folder',
  EPERM: 'this user may not read or write it',
  EROFS: 'this file system cannot be written',
};

/** Why a file could not be used: the end of "Cannot read PATH: ...". The message of the error for rare reasons. */
export function describeFileError(error: unknown): string {
  return knownFileReason(error) ?? describeError(error);
}

/** The same for reasons that have words of their own; `undefined` for others. */
export function knownFileReason(error: unknown): string | undefined {
  return REASONS[systemErrorCode(error) ?? ''];
}
