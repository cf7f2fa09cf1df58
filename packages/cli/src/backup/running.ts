/**
 * Records in a target that a command is at work there. Backups may run beside each other; deleting old ones may run
 * beside nothing, since what a backup counts on must not go. Two that begin at the same moment see each other: each
 * writes first and looks afterwards.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { checks, tryDecodeJson } from '@annals/store';
import { CommandFailure } from '../command-failure.js';
import { RUN_PREFIX } from './backup-format.js';
import type { BackupTarget } from './backup-target.js';

const RENEWAL_MS = 60_000;
/** A command that has not written for so long counts as dead. */
const DEAD_AFTER_MS = 15 * 60_000;

/** What a command does. */
export type RunKind = 'backup' | 'prune';

/** Somebody who is at work. */
export interface Run {
  readonly id: string;
  end(): Promise<void>;
}

/** @throws {CommandFailure} Somebody is at work who must be waited for. */
export async function beginRun(target: BackupTarget, kind: RunKind): Promise<Run> {
  const id = `${kind}-${timeName(Date.now())}-${randomBytes(3).toString('hex')}`;
  const name = `${RUN_PREFIX}${id}.json`;
  const write = () =>
    target.put(name, Buffer.from(JSON.stringify({ kind, host: hostname(), processId: process.pid, atMs: Date.now() })));
  await write();
  const others = await otherRuns(target, name);
  const hindrance = others.find((other) => kind === 'prune' || other.kind === 'prune');
  if (hindrance !== undefined) {
    await target.delete(name);
    throw new CommandFailure(
      `Cannot begin in ${target.place}: a ${hindrance.kind} of process ${hindrance.processId} on ${hindrance.host} is at work there; wait for it, or for ${DEAD_AFTER_MS / 60_000} minutes after it ended without saying so`,
    );
  }
  const renewal = setInterval(() => void write().catch(() => undefined), RENEWAL_MS).unref();
  return {
    id: id.slice(kind.length + 1),
    async end() {
      clearInterval(renewal);
      await target.delete(name);
    },
  };
}

interface RunNote {
  readonly kind: RunKind;
  readonly host: string;
  readonly processId: number;
  readonly atMs: number;
}

const { count, fields, oneOf, text, time } = checks;

const noteCheck = fields<RunNote>({
  kind: oneOf<RunKind>({ backup: true, prune: true }),
  host: text,
  processId: count,
  atMs: time,
});

async function otherRuns(target: BackupTarget, own: string): Promise<RunNote[]> {
  const notes: RunNote[] = [];
  for await (const { name } of target.list(RUN_PREFIX)) {
    if (name === own) continue;
    const note = readNote(await target.get(name));
    if (note !== undefined && note.atMs > Date.now() - DEAD_AFTER_MS && !isDeadHere(note)) notes.push(note);
    else await target.delete(name);
  }
  return notes;
}

function readNote(bytes: Uint8Array | undefined): RunNote | undefined {
  if (bytes === undefined) return undefined;
  const decoded = tryDecodeJson(bytes, noteCheck);
  return 'value' in decoded ? decoded.value : undefined;
}

/** Of this machine it can be known at once. */
function isDeadHere({ host, processId }: RunNote): boolean {
  if (host !== hostname() || processId === process.pid) return false;
  try {
    process.kill(processId, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** @returns A time as it stands in names: they sort by it. */
function timeName(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]/g, '').replace('.', '');
}
