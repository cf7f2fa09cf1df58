/**
 * Keeps two processes from using one thing: a symbolic link whose target names the process. One whose process has gone
 * is taken over, also when another process has got its number since, as after a restart of the machine.
 */
import { createHash } from 'node:crypto';
import { readFile, readlink, realpath, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** How long a process may take from making a file to filling it. */
const FILL_MS = 100;
/** How long to wait for another process that takes the same lock over. */
const CLAIM_MS = 5;

/** What systems say that have no symbolic links, or not for this user. */
const NO_LINK_CODES: ReadonlySet<unknown> = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'UNKNOWN']);

/** What stands in the locks that this process has or is about to take. A lock with our number that is not among them is
 * of a process before: in a container every process may have the same number. */
const ownLocks = new Set<string>();
let takenCount = 0;
let ownStart: Promise<string | undefined> | undefined;

/**
 * Takes what a file stands for.
 * @param file Of the lock; its folder is there.
 * @param describeUse Makes the error for a lock that a running process has, from its number.
 * @returns Gives it back.
 * @throws {Error} What `describeUse` makes. Also what the file system says.
 */
export async function lockFile(file: string, describeUse: (processId: number) => Error): Promise<() => Promise<void>> {
  const path = join(await realpath(dirname(file)), basename(file));
  ownStart ??= startOf(process.pid);
  takenCount += 1;
  // Before anything is awaited: two calls at once must not write the same.
  const number = takenCount;
  const content = [process.pid, (await ownStart) ?? '', number].join(' ');
  ownLocks.add(content);
  try {
    await take(path, content, describeUse);
  } catch (error) {
    ownLocks.delete(content);
    throw error;
  }
  return async () => {
    await unlink(path).finally(() => ownLocks.delete(content));
  };
}

async function take(path: string, content: string, describeUse: (processId: number) => Error): Promise<void> {
  while (!(await write(path, content))) {
    const found = await readLock(path);
    if (found === undefined) continue;
    if (await isHeld(found)) throw describeUse(Number(found.split(' ')[0]));
    await removeAbandoned(path, found, content);
  }
}

/** @returns `undefined` when its process has given it back meanwhile. */
async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    // A file, where the file system has no symbolic links.
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'UNKNOWN') throw error;
  }
  const content = await readFileOrNothing(path);
  if (content !== '') return content;
  // Its process may be about to fill it. One that was killed just there leaves it empty.
  await setTimeout(FILL_MS);
  return readFileOrNothing(path);
}

async function readFileOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes a lock where there is none: a link that leads to no file and has the content as its target, so that it appears
 * whole, and a process that is killed leaves nothing else behind. @returns Whether there was none.
 */
async function write(path: string, content: string): Promise<boolean> {
  try {
    await symlink(content, path).catch(async (error: unknown) => {
      if (!NO_LINK_CODES.has(codeOf(error))) throw error;
      await writeFile(path, content, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock that was found abandoned, and not one that another process has made since: only who has the claim on
 * this very content removes it.
 * @param content Of the lock that is to be there next.
 */
async function removeAbandoned(path: string, found: string, content: string): Promise<void> {
  const claim = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
  if (!(await write(claim, content))) {
    const claimant = await readLock(claim);
    if (claimant === undefined || (await isHeld(claimant))) await setTimeout(CLAIM_MS);
    else await unlinkIfThere(claim);
    return;
  }
  try {
    if ((await readLock(path)) === found) await unlinkIfThere(path);
  } finally {
    await unlinkIfThere(claim);
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await rm(path, { force: true });
}

async function isHeld(content: string): Promise<boolean> {
  const [owner = '', start = ''] = content.split(' ');
  const processId = Number(owner);
  return processId === process.pid ? ownLocks.has(content) : isRunning(processId, start);
}

/** @param start When the owner began, as it wrote it; empty where its system does not say. */
async function isRunning(processId: number, start: string): Promise<boolean> {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  const now = await startOf(processId);
  return start === '' || now === undefined || start === now;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Which start of the machine, and how long after it a process began; `undefined` where the system does not say. */
async function startOf(processId: number): Promise<string | undefined> {
  try {
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const facts = await readFile(`/proc/${processId}/stat`, 'utf8');
    // The name of the program stands in parentheses and may have spaces; the 20th field behind it is the start.
    const ticks = facts.slice(facts.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? undefined : `${bootId}:${ticks}`;
  } catch {
    return undefined;
  }
}
