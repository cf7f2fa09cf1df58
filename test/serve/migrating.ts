/**
 * What tests of `annals migrate` share: a store with something of every kind, and a migration that is killed half way.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Account } from '../access-control/account.js';
import { type CommandOutcome, runCommand, startCommand, succeed } from '../backup/commands.js';
import { type Dumped, dump, signIn } from '../backup/dump.js';
import { bytes, type Everything, PLAIN, STILL_BUCKETS, Writer, writeEverything } from '../backup/everything.js';
import { filesBelow } from '../harness/files-below.js';
import { startServerProcess } from '../harness/server-process.js';
import type { TcpValve } from '../harness/tcp-valve.js';

/** Everything that a server answers about its store, and how people sign in. */
export interface Answers {
  readonly answers: Dumped['answers'];
  readonly signIns: readonly string[];
}

/** A folder with a store of every kind of thing, whose server is stopped. */
export async function fillStore(data: string): Promise<Everything> {
  await succeed(['key', 'rotate', 'default', '--data', data]);
  return served({ data }, async (account) => {
    const people = await writeEverything(account);
    const writer = new Writer(account);
    for (let index = 0; index < 20; index += 1)
      await writer.put(PLAIN, `more/${index}`, bytes(`more ${index}`, 30_000));
    await writer.put(PLAIN, 'more/long', bytes('long', 5_000_000));
    // Garbage does not move.
    await writer.delete(PLAIN, 'more/7');
    return people;
  });
}

/** Serves for as long as the work takes. */
export async function served<Result>(
  { data, flags = [] }: { readonly data: string; readonly flags?: readonly string[] },
  work: (account: Account) => Promise<Result>,
): Promise<Result> {
  const server = await startServerProcess({ data, flags });
  const account = new Account(server);
  try {
    return await work(account);
  } finally {
    account.close();
    await server.stop();
  }
}

/** Asks for everything. */
export async function answersOf(account: Account, people: Everything): Promise<Answers> {
  const { answers } = await dump({ account, buckets: STILL_BUCKETS });
  const signIns = [
    await signIn(account, people.reader, PLAIN, 'put/aes'),
    await signIn(account, people.reader, PLAIN, 'put/kms'),
    await signIn(account, people.locked, PLAIN, 'put/aes'),
  ];
  return { answers, signIns };
}

/** Something is written, so that a server is seen to go on where the other one was. */
export async function writeMore(account: Account, name: string): Promise<void> {
  const writer = new Writer(account);
  await writer.put(PLAIN, `later/${name}`, bytes(name, 200_000));
  await writer.put(PLAIN, `later/small-${name}`, bytes(name, 900));
  await writer.put(PLAIN, `later/sealed-${name}`, bytes(name, 50_000), { 'x-oss-server-side-encryption': 'AES256' });
  await writer.append(PLAIN, 'later/log', [Buffer.from(`${name}\n`)], {}, await lengthOf(account, 'later/log'));
}

async function lengthOf(account: Account, key: string): Promise<number> {
  const { status, headers } = await account.send({ method: 'HEAD', bucket: PLAIN, key }, account.root);
  return status === 200 ? Number(headers['content-length']) : 0;
}

/** How a migration is started. */
export interface MigrateOptions {
  readonly from: string;
  readonly to: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs `annals migrate --json` to its end. */
export function migrate({ from, to, environment = {} }: MigrateOptions): Promise<CommandOutcome> {
  return runCommand(['migrate', '--from', from, '--to', to, '--json'], undefined, environment);
}

/**
 * Runs it until so many bytes have passed the valve, and ends it there with kill -9.
 * @throws {Error} It ended before.
 */
export async function migrateKilled(options: MigrateOptions, valve: TcpValve, lengthBytes: number): Promise<void> {
  const { from, to, environment = {} } = options;
  valve.open();
  const held = valve.holdAfter(lengthBytes);
  const { child, ended } = startCommand(['migrate', '--from', from, '--to', to], undefined, environment);
  await Promise.race([held, ended]);
  child.kill('SIGKILL');
  const { signal, errors } = await ended;
  valve.open();
  if (signal !== 'SIGKILL') throw new Error(`It ended before ${lengthBytes} bytes had passed: ${errors}`);
}

/** @returns A digest of each file below a folder, but for those of locks. */
export async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const path of await filesBelow(folder)) {
    if (path.includes('/lock/')) continue;
    found[path.slice(folder.length)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return found;
}
