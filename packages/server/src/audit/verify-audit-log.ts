/**
 * Checks every line of an audit log, beginning with the first file: hashes, numbers, and that nothing is missing, added
 * or moved. Reads only; a server may be writing meanwhile. What was cut off at the end shows only against a hash that
 * was noted elsewhere.
 */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { type AuditFileName, listAuditFiles } from './audit-files.js';
import {
  type AuditHead,
  type AuditRecord,
  CHAIN_START,
  describeTornBytes,
  readAuditLine,
  TORN_LINE_ACTION,
} from './audit-record.js';

/** Something that is not as it was written. */
export interface AuditFault {
  readonly file: string;
  /** 1 for the first line of the file; 0 when it is about the file itself. */
  readonly line: number;
  readonly problem: string;
}

/** What a check found. */
export interface AuditVerification {
  readonly isIntact: boolean;
  readonly fileCount: number;
  readonly recordCount: number;
  readonly head: AuditHead;
  readonly faults: readonly AuditFault[];
  /** Faults beyond those listed. */
  readonly unlistedFaultCount: number;
  /** Lines that a crash cut short, named by the record behind them. */
  readonly tornLineCount: number;
  /** Bytes of a last line that has no end: it is being written, or the process ended while it was. */
  readonly incompleteLengthBytes: number;
  /** Intents whose outcome is not recorded: whether they took effect is not known. */
  readonly openIntents: readonly number[];
}

/** What is expected of a log. */
export interface VerifyAuditLogOptions {
  /** Hash of a record that must be there; the head, when it was noted. */
  readonly expected?: string;
  /** Hash of the record before the first file's first, where earlier files were moved elsewhere. */
  readonly since?: string;
}

const FAULT_COUNT_MAX = 100;
const LINE_FEED = 0x0a;
/** Longer ones cannot be ours: they are taken for damage and not kept whole. */
const LINE_LENGTH_BYTES_MAX = 1024 * 1024;

/** Checks the log of a folder. @throws {Error} A file cannot be read. */
export async function verifyAuditLog(folder: string, options: VerifyAuditLogOptions = {}): Promise<AuditVerification> {
  const check = new ChainCheck(options);
  const files = await listAuditFiles(folder);
  for (const [index, file] of files.entries()) {
    check.beginFile(file, index === 0 ? undefined : files[index - 1]);
    for await (const line of readLines(file.path)) check.line(line);
    check.endFile(index === files.length - 1);
  }
  return check.finish(files.length);
}

/**
 * Gives every record of a log in its order; lines that are none are left out. @throws {Error} A file cannot be read.
 */
export async function* readAuditRecords(folder: string): AsyncGenerator<AuditRecord> {
  for (const { path } of await listAuditFiles(folder)) {
    for await (const { bytes, isComplete } of readLines(path)) {
      const read = isComplete ? readAuditLine(bytes.toString('utf8')) : undefined;
      if (read !== undefined) yield read.record;
    }
  }
}

class ChainCheck {
  readonly #expected: string | undefined;
  readonly #since: string | undefined;
  readonly #faults: AuditFault[] = [];
  readonly #openIntents = new Set<number>();
  #unlistedFaultCount = 0;
  #file = '';
  #lineNumber = 0;
  #head: AuditHead = CHAIN_START;
  #isFirst = true;
  #wasExpectedSeen = false;
  #recordCount = 0;
  #tornLineCount = 0;
  #tornSinceLine = 0;
  #torn: Uint8Array[] = [];
  #incompleteLengthBytes = 0;

  constructor({ expected, since }: VerifyAuditLogOptions) {
    this.#expected = expected?.toLowerCase();
    this.#since = since?.toLowerCase();
    this.#wasExpectedSeen = this.#expected === undefined || this.#expected === CHAIN_START.hash;
  }

  beginFile({ number, path }: AuditFileName, before: AuditFileName | undefined): void {
    this.#file = basename(path);
    this.#lineNumber = 0;
    const expectedNumber = before === undefined ? 1 : before.number + 1;
    if (number !== expectedNumber && (before !== undefined || this.#since === undefined)) {
      this.#fault(0, `file ${number} where file ${expectedNumber} should be: files are missing`);
    }
  }

  line({ bytes, isComplete }: ReadLine): void {
    this.#lineNumber += 1;
    const read = isComplete ? readAuditLine(bytes.toString('utf8')) : undefined;
    if (read === undefined) {
      if (this.#torn.length === 0) this.#tornSinceLine = this.#lineNumber;
      this.#torn.push(bytes);
      this.#incompleteLengthBytes = isComplete ? 0 : bytes.length;
      return;
    }
    const { record, isGenuine } = read;
    this.#settleTorn(record);
    if (!isGenuine) this.#fault(this.#lineNumber, `record ${record.sequence} was changed: its hash is not right`);
    this.#follow(record);
  }

  endFile(isLast: boolean): void {
    if (this.#torn.length === 0) return;
    // At the very end there is no record behind it yet.
    const isUnderWay = isLast && this.#torn.length === 1 && this.#incompleteLengthBytes > 0;
    if (!isUnderWay && isLast) this.#fault(this.#tornSinceLine, 'not a record');
  }

  finish(fileCount: number): AuditVerification {
    if (!this.#wasExpectedSeen) {
      this.#fault(
        0,
        'the expected hash is not in the chain: records were cut off at the end, or the log is another one',
      );
    }
    return {
      isIntact: this.#faults.length === 0,
      fileCount,
      recordCount: this.#recordCount,
      head: this.#head,
      faults: this.#faults,
      unlistedFaultCount: this.#unlistedFaultCount,
      tornLineCount: this.#tornLineCount,
      incompleteLengthBytes: this.#incompleteLengthBytes,
      openIntents: [...this.#openIntents],
    };
  }

  #settleTorn(record: AuditRecord): void {
    if (this.#torn.length === 0) return;
    const { lengthBytes, sha256 } = describeTornBytes(joinLines(this.#torn));
    const isNamed =
      record.action === TORN_LINE_ACTION &&
      record.detail?.lengthBytes === lengthBytes &&
      record.detail.sha256 === sha256;
    if (isNamed) this.#tornLineCount += 1;
    else this.#fault(this.#tornSinceLine, 'not a record, and no record behind it says that a crash cut it short');
    this.#torn = [];
    this.#incompleteLengthBytes = 0;
  }

  #follow(record: AuditRecord): void {
    const { sequence, hash, previous } = record;
    this.#recordCount += 1;
    const isBeginning = this.#isFirst;
    this.#isFirst = false;
    const isContinued = isBeginning && this.#since !== undefined;
    const before = isContinued ? { sequence: sequence - 1, hash: this.#since } : this.#head;
    if (sequence !== before.sequence + 1) {
      const missing = sequence > before.sequence + 1 ? 'records are missing' : 'a record was inserted or moved';
      this.#fault(this.#lineNumber, `record ${sequence} where ${before.sequence + 1} should be: ${missing}`);
    } else if (previous !== before.hash) {
      this.#fault(this.#lineNumber, `record ${sequence} does not follow the one before it`);
    }
    this.#head = { sequence, hash };
    if (hash === this.#expected) this.#wasExpectedSeen = true;
    if (record.phase === 'intent') this.#openIntents.add(sequence);
    if (record.phase === 'outcome' && record.intent !== undefined) this.#openIntents.delete(record.intent);
  }

  #fault(line: number, problem: string): void {
    if (this.#faults.length < FAULT_COUNT_MAX) this.#faults.push({ file: this.#file, line, problem });
    else this.#unlistedFaultCount += 1;
  }
}

function joinLines(lines: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.of(LINE_FEED), line])));
}

interface ReadLine {
  /** Without its line feed. */
  readonly bytes: Buffer;
  readonly isComplete: boolean;
}

async function* readLines(path: string): AsyncGenerator<ReadLine> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED)) {
      yield { bytes: bytes.subarray(0, end), isComplete: true };
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > LINE_LENGTH_BYTES_MAX) {
      yield { bytes, isComplete: false };
      bytes = Buffer.alloc(0);
    }
    rest = bytes;
  }
  if (rest.length > 0) yield { bytes: rest, isComplete: false };
}
