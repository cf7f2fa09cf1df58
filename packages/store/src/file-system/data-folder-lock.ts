/**
 * Keeps two servers from one data folder. The lock is a row in a small LMDB environment in the folder's `lock` subfolder: LMDB's
 * write transaction decides among starters of the same moment (a robust mutex, which the kernel frees when its holder dies), and
 * LMDB's table of readers says whether the holder of the row still lives (each process holds a kernel file lock on the byte numbered
 * by its process id, which ends with the process, however it ends). So a killed holder leaves no stale lock, a reused process
 * id proves nothing, and a restart of the machine frees everything.
 * Leaves out machines: on a network file system it does not see a holder on another machine.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdirSync, openSync, realpathSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type Transaction } from 'lmdb';
import { prepareFolder } from '../key-value/lmdb/prepare-folder.js';

/** Another process, or another part of this one, has the folder. */
export class DataFolderLocked extends Error {
  readonly directory: string;
  readonly holderProcessId: number;

  constructor(directory: string, holderProcessId: number) {
    super(`Cannot open data folder "${directory}": process ${holderProcessId} has it open`);
    this.name = 'DataFolderLocked';
    this.directory = directory;
    this.holderProcessId = holderProcessId;
  }
}

/** The claim of this process on one data folder: it ends with `release` or with the process. */
export interface DataFolderLock {
  readonly directory: string;
  /** Gives the folder up. Idempotent. */
  release(): Promise<void>;
}

interface Holder {
  readonly processId: number;
  readonly token: string;
}

const HOLDER_KEY = Buffer.from('holder');

/**
 * LMDB shares one environment among all who open it in one process: it cannot tell them apart, this can. It also keeps a lock alive
 * whose owner forgot it: were its read transaction collected as garbage, the folder would be free.
 */
const heldHere = new Map<string, DataFolderLock | 'being taken'>();

/**
 * Takes the folder for this process until `release`, or until the process ends in whatever way. Makes the folder when it is missing.
 * @throws {DataFolderLocked} Somebody has it.
 */
export async function lockDataFolder(directory: string): Promise<DataFolderLock> {
  mkdirSync(join(directory, 'lock'), { recursive: true });
  const path = realpathSync(directory);
  if (heldHere.has(path)) throw new DataFolderLocked(directory, process.pid);
  heldHere.set(path, 'being taken');
  let environment: RootDatabase<Buffer, Uint8Array> | undefined;
  let presence: Transaction | undefined;
  try {
    prepareFolder(join(path, 'lock'));
    environment = open<Buffer, Uint8Array>({
      path: join(path, 'lock'),
      noSubdir: false,
      overlappingSync: false,
      keyEncoding: 'binary',
      encoding: 'binary',
    });
    reserveBlocks(join(path, 'lock', 'data.mdb'));
    // A read transaction puts this process into the table of readers, and its kernel lock with it. It must precede the claim.
    presence = environment.useReadTransaction();
    const token = randomBytes(16).toString('hex');
    const holder = claim(environment, { processId: process.pid, token });
    if (holder !== undefined) throw new DataFolderLocked(directory, holder.processId);
    const lock = new HeldFolder(directory, path, environment, presence, token);
    heldHere.set(path, lock);
    return lock;
  } catch (error) {
    presence?.done();
    await environment?.close();
    heldHere.delete(path);
    throw error;
  }
}

/** Twice what the file ever grows to: 468 KiB after some 150 claims, and no more after 3,000. */
const CLAIMS_LENGTH_BYTES = 1024 * 1024;

/**
 * Gives the environment's file blocks of its own, once: a full disk must not keep a server from starting, and a failed write damages the
 * binding's heap (see `docs/engines.md`). LMDB does not see them until it uses them.
 * @throws {Error} `ENOSPC`
 */
function reserveBlocks(path: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    const missingLength = CLAIMS_LENGTH_BYTES - fstatSync(file).size;
    if (missingLength > 0) writeSync(file, new Uint8Array(missingLength));
  } finally {
    closeSync(file);
  }
}

class HeldFolder implements DataFolderLock {
  readonly directory: string;
  readonly #path: string;
  readonly #environment: RootDatabase<Buffer, Uint8Array>;
  readonly #presence: Transaction;
  readonly #token: string;
  #released: Promise<void> | undefined;

  constructor(
    directory: string,
    path: string,
    environment: RootDatabase<Buffer, Uint8Array>,
    presence: Transaction,
    token: string,
  ) {
    this.directory = directory;
    this.#path = path;
    this.#environment = environment;
    this.#presence = presence;
    this.#token = token;
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    this.#environment.transactionSync(() => {
      if (readHolder(this.#environment)?.token === this.#token) this.#environment.remove(HOLDER_KEY);
    });
    this.#presence.done();
    await this.#environment.close();
    heldHere.delete(this.#path);
  }
}

/** @returns Who has the folder, or `undefined` when it is now ours. Only one process at a time is in here. */
function claim(environment: RootDatabase<Buffer, Uint8Array>, self: Holder): Holder | undefined {
  return environment.transactionSync(() => {
    const holder = readHolder(environment);
    if (holder !== undefined && isAlive(environment, holder)) return holder;
    void environment.put(HOLDER_KEY, Buffer.from(JSON.stringify(self)));
    return undefined;
  });
}

function isAlive(environment: RootDatabase<Buffer, Uint8Array>, holder: Holder): boolean {
  // This process holds the kernel lock of its own id, so an earlier process of the same id is gone.
  if (holder.processId === process.pid) return false;
  // Removes the readers whose kernel lock has ended.
  environment.readerCheck();
  return readerProcessIds(String(environment.readerList())).has(holder.processId);
}

/** The table lists one reader per line, its process id first. */
function readerProcessIds(readerList: string): Set<number> {
  return new Set([...readerList.matchAll(/^\s*(\d+)\s/gm)].map((match) => Number(match[1])));
}

function readHolder(environment: RootDatabase<Buffer, Uint8Array>): Holder | undefined {
  const stored = environment.getBinary(HOLDER_KEY);
  if (stored === undefined) return undefined;
  const holder = JSON.parse(Buffer.from(stored).toString('utf8')) as Partial<Holder>;
  if (typeof holder.processId !== 'number' || typeof holder.token !== 'string') return undefined;
  return { processId: holder.processId, token: holder.token };
}
