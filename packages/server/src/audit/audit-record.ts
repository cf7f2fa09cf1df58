/**
 * One line of the audit log: JSON that carries its place in the chain. `previous` is the hash of the line before,
 * `hash` is SHA-256 over the line's own text without it, so a line that is edited, removed, inserted or moved shows.
 * Leaves out files (`audit-log.ts`).
 */
import { createHash } from 'node:crypto';
import { checks, tryDecodeJson } from '@annals/store';

/** The caller or process that caused what is recorded. */
export interface AuditActor {
  /**
   * `root`, `user`, `role-session`, `anonymous`; `server` for what the process does itself, `operator` for commands
   * beside it.
   */
  readonly kind: string;
  readonly accessKeyId?: string;
  /** ARN, or the name of the account of the operating system. */
  readonly name?: string;
}

/** What happened or is about to, without its place in the chain. Never holds secrets. */
export interface AuditEvent {
  /**
   * `intent`: a change is about to be made; `outcome`: what became of it; `event`: something that needs no pair, such
   * as a start. An intent without an outcome means that the outcome is unknown: the process ended in between.
   */
  readonly phase: 'intent' | 'outcome' | 'event';
  /** Name of an operation, right of the admin API, or `server.Start` and the like. */
  readonly action: string;
  /** What it is about, such as `acs:oss:*:*:logs` or `user/alice`. */
  readonly resource?: string;
  readonly actor: AuditActor;
  /** IP address the request came from. */
  readonly sourceAddress?: string;
  readonly requestId?: string;
  /** Of an outcome: the sequence number of its intent. */
  readonly intent?: number;
  /** Of an outcome or event. */
  readonly result?: 'done' | 'failed';
  /** Error code of what failed. */
  readonly errorCode?: string;
  /** What was asked for, as far as it holds no secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** An event in its place. */
export interface AuditRecord extends AuditEvent {
  /** 1 for the first of all files. */
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** 64 hex digits; zeros before the first. */
  readonly previous: string;
  readonly hash: string;
}

/** Where a chain has got to. */
export interface AuditHead {
  /** Of the last record; 0 when there is none. */
  readonly sequence: number;
  readonly hash: string;
}

/** What comes before the first record. */
export const CHAIN_START: AuditHead = { sequence: 0, hash: '0'.repeat(64) };

/** Of the record that names the bytes a crash left behind. */
export const TORN_LINE_ACTION = 'audit.TornLine';

const { anything, count, fields, oneOf, optional, recordOf, text } = checks;

const recordCheck = fields<AuditRecord>({
  sequence: count,
  at: text,
  phase: oneOf<AuditRecord['phase']>({ intent: true, outcome: true, event: true }),
  action: text,
  resource: optional(text),
  actor: fields<AuditActor>({ kind: text, accessKeyId: optional(text), name: optional(text) }),
  sourceAddress: optional(text),
  requestId: optional(text),
  intent: optional(count),
  result: optional(oneOf<NonNullable<AuditRecord['result']>>({ done: true, failed: true })),
  errorCode: optional(text),
  detail: optional(recordOf(anything)),
  previous: text,
  hash: text,
});

const HASH_AT_END = /,"hash":"([0-9a-f]{64})"\}$/;

/**
 * Writes the line of the record that follows `head`.
 * @returns The line with its line feed, and the head after it.
 */
export function writeAuditLine(
  event: AuditEvent,
  head: AuditHead,
  atMs: number,
): { readonly line: string; readonly head: AuditHead } {
  const sequence = head.sequence + 1;
  const { phase, action, ...rest } = event;
  const body = { sequence, at: new Date(atMs).toISOString(), phase, action, ...rest, previous: head.hash };
  const text = JSON.stringify(body);
  const hash = hashOf(text);
  return { line: `${text.slice(0, -1)},"hash":"${hash}"}\n`, head: { sequence, hash } };
}

/** A line as read, and whether its own hash is right. */
export interface ReadAuditLine {
  readonly record: AuditRecord;
  readonly isGenuine: boolean;
}

/**
 * Reads a line.
 * @param line Without its line feed.
 * @returns `undefined` when it is no record at all.
 */
export function readAuditLine(line: string): ReadAuditLine | undefined {
  const hash = HASH_AT_END.exec(line)?.[1];
  if (hash === undefined) return undefined;
  const decoded = tryDecodeJson(line, recordCheck);
  if ('finding' in decoded) return undefined;
  const record = decoded.value;
  const hashed = `${line.slice(0, -`,"hash":"${hash}"}`.length)}}`;
  return { record, isGenuine: record.hash === hash && hashOf(hashed) === hash };
}

/** Describes bytes that are no record, as the record behind them names them. */
export function describeTornBytes(bytes: Uint8Array): { readonly lengthBytes: number; readonly sha256: string } {
  return { lengthBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
