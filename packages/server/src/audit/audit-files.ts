/**
 * The files of the audit log: their names, and what stands at the end of the last one after whatever ended the process
 * before. Leaves out what the lines say (`audit-record.ts`) and whether all of them are genuine
 * (`verify-audit-log.ts`).
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditHead, CHAIN_START, readAuditLine } from './audit-record.js';

/** Name of the folder inside the data folder. */
export const AUDIT_FOLDER_NAME = 'audit';

const FILE_NAME = /^audit-(\d{8})\.jsonl$/;
const LINE_FEED = 0x0a;

/** @param number 1 for the first. */
export function auditFileName(number: number): string {
  return `audit-${String(number).padStart(8, '0')}.jsonl`;
}

/** One file of the log. */
export interface AuditFileName {
  readonly number: number;
  readonly path: string;
}

/** @returns The files in their order; none when the folder is not there. */
export async function listAuditFiles(folder: string): Promise<readonly AuditFileName[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const number = FILE_NAME.exec(name)?.[1];
      return number === undefined ? [] : [{ number: Number(number), path: join(folder, name) }];
    })
    .sort((left, right) => left.number - right.number);
}

/** What stands at the end of a log. */
export interface AuditTail {
  readonly head: AuditHead;
  /** Bytes behind the last record that are none. Empty unless a write was cut short. */
  readonly torn: Uint8Array;
  /** Of the last file. */
  readonly lengthBytes: number;
}

/**
 * Reads the end of a log. A record that was edited still counts as one here: the process that opens the log does not
 * report it, because an attacker there would hide it.
 */
export async function readAuditTail(files: readonly AuditFileName[]): Promise<AuditTail> {
  let torn: Uint8Array = new Uint8Array();
  let lengthBytes: number | undefined;
  for (const { path } of [...files].reverse()) {
    const bytes = await readFile(path);
    lengthBytes ??= bytes.length;
    const end = endOfLastRecord(bytes);
    if (bytes.length > end.offset && torn.length === 0) torn = bytes.subarray(end.offset);
    if (end.head !== undefined) return { head: end.head, torn, lengthBytes };
  }
  return { head: CHAIN_START, torn, lengthBytes: lengthBytes ?? 0 };
}

function endOfLastRecord(bytes: Buffer): { readonly offset: number; readonly head: AuditHead | undefined } {
  let end = bytes.lastIndexOf(LINE_FEED);
  while (end >= 0) {
    const start = end === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, end - 1) + 1;
    const read = readAuditLine(bytes.toString('utf8', start, end));
    if (read !== undefined) {
      const { sequence, hash } = read.record;
      return { offset: end + 1, head: { sequence, hash } };
    }
    end = start - 1;
  }
  return { offset: 0, head: undefined };
}
