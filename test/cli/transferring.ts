/**
 * Copies of many small files and of one large one by `annals cp` and `annals sync`, in both directions, that are
 * interrupted by signals and by kills of the server, and given again. Leaves out how much is copied
 * (`transfers.test.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@annals/client';
import { seededRandom } from '@annals/store/conformance';
import { filesBelow } from '../harness/files-below.js';
import { freePort } from '../harness/free-port.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { startTcpValve, type TcpValve } from '../harness/tcp-valve.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

/** How a command is interrupted. */
export type Interruption = 'SIGINT' | 'SIGKILL' | 'server killed';

/** Every way, in the order in which one copy meets them. */
export const INTERRUPTIONS: readonly Interruption[] = ['SIGINT', 'SIGKILL', 'server killed'];

/** What one command did. */
export interface CommandRun {
  readonly exitCode: number | null;
  /** Lines on standard output, parsed. */
  readonly results: readonly { readonly action: string; readonly error?: object }[];
  readonly errors: string;
  readonly seconds: number;
  /** The most memory that the process had, in bytes (`VmHWM`); 0 where the system does not tell. */
  readonly peakBytes: number;
}

/** A command under way. */
class RunningCommand {
  readonly #child: ChildProcess;
  readonly #startedAtMs = performance.now();
  readonly #ended: Promise<unknown>;
  #resultCount = 0;
  #look: () => void = () => undefined;
  #output = '';
  #errors = '';
  #peakBytes = 0;

  constructor(words: readonly string[], folder: string, environment: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [ANNALS, ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#resultCount += text.split('\n').length - 1;
      this.#look();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#ended = once(this.#child, 'close');
  }

  /** Resolves with the line that tells of so many files, and not some time later, or when the command has ended. */
  async told(count: number): Promise<void> {
    const isTold = new Promise<void>((resolve) => {
      this.#look = () => {
        if (this.#resultCount >= count) resolve();
      };
      this.#look();
    });
    await Promise.race([isTold, this.#ended]);
  }

  /** Waits until it is so, or the command has ended. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    await until(async () => this.#hasEnded || (await isSo()));
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #lookAtMemory(): Promise<void> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8').catch(() => '');
    const kilobytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    this.#peakBytes = Math.max(this.#peakBytes, kilobytes * 1024);
  }

  async ended(): Promise<CommandRun> {
    const looking = setInterval(() => void this.#lookAtMemory(), 100);
    await this.#ended;
    clearInterval(looking);
    return {
      exitCode: this.#child.exitCode,
      results: this.#output
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line)),
      errors: this.#errors,
      seconds: (performance.now() - this.#startedAtMs) / 1000,
      peakBytes: this.#peakBytes,
    };
  }
}

/**
 * A server with a bucket `copies`, and a folder for the files of the commands. These reach it through a valve in this
 * process, so that none gets to its end while this process waits for its turn to interrupt it.
 */
export class TransferPlace {
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>;
  #server: ServerProcess;
  readonly #valve: TcpValve;
  readonly client: Client;

  private constructor(folder: Awaited<ReturnType<typeof temporaryFolder>>, server: ServerProcess, valve: TcpValve) {
    this.#folder = folder;
    this.#server = server;
    this.#valve = valve;
    const { endpoint, accessKeyId, accessKeySecret } = server;
    this.client = createClient({ endpoint, accessKeyId, accessKeySecret });
  }

  static async open(): Promise<TransferPlace> {
    const folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    const server = await startServerProcess({ data, port: await freePort(), buckets: ['copies'] });
    return new TransferPlace(folder, server, await startTcpValve(server.port));
  }

  path(name: string): string {
    return join(this.#folder.path, name);
  }

  async close(): Promise<void> {
    await this.#valve.close();
    await this.#server.stop();
    await this.#folder.remove();
  }

  start(...words: readonly string[]): RunningCommand {
    const { accessKeyId, accessKeySecret } = this.#server;
    return new RunningCommand(words, this.#folder.path, {
      OSS_ENDPOINT: `http://127.0.0.1:${this.#valve.port}`,
      OSS_ACCESS_KEY_ID: accessKeyId,
      OSS_ACCESS_KEY_SECRET: accessKeySecret,
    });
  }

  run(...words: readonly string[]): Promise<CommandRun> {
    return this.start(...words).ended();
  }

  /** Starts a command, and interrupts it once it is due, unless it has ended by then. */
  async interrupt(
    interruption: Interruption,
    words: readonly string[],
    due: (command: RunningCommand) => Promise<void>,
  ): Promise<CommandRun> {
    const command = this.start(...words);
    const ended = command.ended();
    await due(command);
    if (interruption === 'server killed') {
      await this.#server.kill();
      this.#valve.open();
      this.#server = await startServerProcess({ data: this.path('data'), port: this.#server.port });
    } else command.kill(interruption);
    const run = await ended;
    this.#valve.open();
    return run;
  }

  /** Interrupts a command where so many bytes have passed since it was started, once `isDue`. */
  interruptAfter(
    lengthBytes: number,
    interruption: Interruption,
    words: readonly string[],
    isDue: () => Promise<boolean>,
  ): Promise<CommandRun> {
    void this.#valve.holdAfter(lengthBytes);
    return this.interrupt(interruption, words, (command) => command.until(isDue));
  }

  /** Bytes of bodies that the server has received and sent since it was started. */
  async traffic(): Promise<{ readonly receivedBytes: number; readonly sentBytes: number }> {
    const page = await (await fetch(`${this.#server.endpoint}/-/metrics`)).text();
    const figure = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(page)?.[1] ?? Number.NaN);
    return { receivedBytes: figure('annals_received_bytes_total'), sentBytes: figure('annals_sent_bytes_total') };
  }

  /** Bytes of the parts that the unfinished uploads of a key have at the server. */
  async storedPartBytes(key: string): Promise<number> {
    let bytes = 0;
    for await (const { uploads } of this.client.listMultipartUploads({ bucket: 'copies', prefix: key })) {
      for (const { uploadId } of uploads) {
        for await (const { parts } of this.client.listParts({ bucket: 'copies', key, uploadId })) {
          for (const { lengthBytes } of parts) bytes += lengthBytes;
        }
      }
    }
    return bytes;
  }

  /** Keys and lengths of all objects below a prefix, without the prefix. */
  async objectsBelow(prefix: string): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for await (const { objects } of this.client.listObjects({ bucket: 'copies', prefix })) {
      for (const { key, lengthBytes } of objects) found.set(key.slice(prefix.length), lengthBytes);
    }
    return found;
  }

  /** Makes small files, a hundred in a folder. @returns Their names and contents. */
  async makeFiles(folder: string, count: number): Promise<ReadonlyMap<string, string>> {
    const files = new Map<string, string>();
    for (let index = 0; index < count; index += 1) {
      const name = `${String(Math.floor(index / 100)).padStart(3, '0')}/file ${index}+é%.txt`;
      if (index % 100 === 0) await mkdir(join(this.path(folder), name, '..'), { recursive: true });
      files.set(name, `${index} ${'x'.repeat(index % 4000)}\n`);
      await writeFile(join(this.path(folder), name), files.get(name) ?? '');
    }
    return files;
  }

  /** Names and contents of all files below a folder. */
  async filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
    const files = new Map<string, string>();
    for (const path of await filesBelow(this.path(folder))) {
      files.set(path.slice(this.path(folder).length + 1), await readFile(path, 'utf8'));
    }
    return files;
  }

  /** Makes a large file of random bytes, no MiB of which is like another. */
  async makeLargeFile(name: string, length: number): Promise<void> {
    const block = Buffer.alloc(1024 ** 2);
    const { next: random } = seededRandom(length);
    for (let at = 0; at < block.length; at += 4) block.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
    async function* blocks(): AsyncGenerator<Buffer> {
      for (let start = 0; start < length; start += block.length) {
        const each = Buffer.from(block.subarray(0, Math.min(block.length, length - start)));
        if (each.length >= 8) each.writeDoubleLE(start, 0);
        yield each;
      }
    }
    await pipeline(blocks, createWriteStream(this.path(name)));
  }

  /** Whether two files have the same bytes. */
  async isSame(one: string, other: string): Promise<boolean> {
    if ((await stat(this.path(one))).size !== (await stat(this.path(other))).size) return false;
    const others = createReadStream(this.path(other), { highWaterMark: 1024 ** 2 })[Symbol.asyncIterator]();
    for await (const chunk of createReadStream(this.path(one), { highWaterMark: 1024 ** 2 })) {
      const { value } = await others.next();
      if (Buffer.compare(chunk, value) !== 0) return false;
    }
    return true;
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { recursive: true });
  }
}

/** Interrupts the copying of many files in each way, and gives the command again until it has done all. */
export async function copyThroughInterruptions(
  place: TransferPlace,
  words: readonly string[],
  count: number,
): Promise<{ readonly interrupted: readonly CommandRun[]; readonly last: CommandRun }> {
  const interrupted: CommandRun[] = [];
  for (const interruption of INTERRUPTIONS) {
    const due = Math.floor(count / 5);
    interrupted.push(await place.interrupt(interruption, words, (command) => command.told(due)));
  }
  return { interrupted, last: await place.run(...words) };
}

/** Parts that an interrupted download has noted. */
export async function notedPartCount(place: TransferPlace, name: string): Promise<number> {
  const text = await readFile(place.path(`${name}.annals-part.json`), 'utf8').catch(() => '{}');
  const { parts = [] } = JSON.parse(text) as { parts?: readonly unknown[] };
  return parts.length;
}

/** Waits until the server counts nothing more. */
export async function settledTraffic(place: TransferPlace): ReturnType<TransferPlace['traffic']> {
  let before = await place.traffic();
  await until(async () => {
    const now = await place.traffic();
    const isSettled = now.receivedBytes === before.receivedBytes;
    before = now;
    return isSettled;
  });
  return before;
}
