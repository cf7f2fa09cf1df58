/**
 * Runs a page of `docs/recipes` word by word: a server on a port of its own, a folder that looks like a reader's
 * checkout, and each block of commands in a terminal of its own. Leaves out what a page promises beyond the output that
 * it shows.
 */
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Client, createClient, readAll } from '@annals/client';
import { expect, onTestFinished } from 'vitest';
import { freePort } from '../harness/free-port.js';
import { CHECKOUT, type PageBlock, readPageBlocks } from '../harness/page-blocks.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Terminal } from '../harness/terminal.js';
import { until } from '../harness/until.js';

const require = createRequire(import.meta.url);

/** A page that ran to its end; its server and its terminals go on until the test has finished. */
export interface Recipe {
  /** Where the commands ran. */
  readonly folder: string;
  readonly client: Client;
  readonly server: ServerProcess;
  /** The bytes of an object as text. */
  read(bucket: string, key: string): Promise<string>;
  /** Runs further commands where those of the page ran. @returns What they printed. */
  shell(commands: string): Promise<string>;
  /** Waits for a block that was left running, and that ends by itself. @param words Some of its text. */
  ended(words: string): Promise<void>;
}

/** Runs all blocks of a page in their order. @param page Such as `camera.md`. */
export async function runRecipe(page: string): Promise<Recipe> {
  const blocks = await readPageBlocks(join('docs/recipes', page));
  const folder = await temporaryFolder();
  onTestFinished(folder.remove);
  const checkout = join(folder.path, 'annals');
  await mkdir(checkout);
  for (const name of ['node_modules', 'packages', 'package.json', 'docs'])
    await symlink(join(CHECKOUT, name), join(checkout, name));
  const server = await startServerProcess({ data: join(folder.path, 'data'), port: await freePort() });
  onTestFinished(() => server.stop().then(() => undefined));
  const environment = {
    HOME: folder.path,
    PATH: [...(await programFolders()), process.env.PATH ?? '', '/usr/sbin'].join(':'),
    OSS_ENDPOINT: server.endpoint,
    OSS_ACCESS_KEY_ID: server.accessKeyId,
    OSS_ACCESS_KEY_SECRET: server.accessKeySecret,
  };
  const terminals: Terminal[] = [];
  const open = (commands: string): Terminal => {
    const terminal = new Terminal(commands, { folder: checkout, environment });
    terminals.push(terminal);
    return terminal;
  };
  onTestFinished(async () => {
    for (const terminal of terminals.reverse()) await terminal.end();
  });
  for (const block of blocks) await runBlock(block, terminals, open);
  const { endpoint, accessKeyId, accessKeySecret } = server;
  const client = createClient({ endpoint, accessKeyId, accessKeySecret });
  return {
    folder: checkout,
    client,
    server,
    read: async (bucket, key) => {
      const { body } = await client.getObject({ bucket, key });
      return new TextDecoder().decode(await readAll(body));
    },
    shell: (commands) => finish(open(commands)),
    ended: async (words) => {
      const terminal = terminals.find(({ block }) => block.includes(words));
      if (terminal === undefined) throw new Error(`No block of ${page} has "${words}"`);
      await finish(terminal);
    },
  };
}

async function runBlock(
  { language, text, isLeftRunning }: PageBlock,
  terminals: readonly Terminal[],
  open: (commands: string) => Terminal,
): Promise<void> {
  if (language === 'text') {
    const isShown = (): boolean => terminals.some(({ printed }) => printed.includes(text));
    await until(isShown).catch(() => expect(terminals.map(({ output }) => output).join('\n'), 'shown').toContain(text));
  }
  if (language !== 'sh') return;
  const others = [...terminals];
  const terminal = open(text);
  if (!isLeftRunning) await Promise.race([finish(terminal), ...others.map(failureOf)]);
}

/** Rejects when a block fails: others may wait for it for ever. */
async function failureOf(terminal: Terminal): Promise<never> {
  const code = await terminal.finished();
  if (code !== 0) throw new Error(`${terminal.block}ended with ${code}:\n${terminal.output}`);
  return new Promise(() => undefined);
}

async function finish(terminal: Terminal): Promise<string> {
  expect(await terminal.finished(), terminal.output).toBe(0);
  return terminal.printed;
}

/** Folders of ffmpeg and ffprobe, which npm has installed for the tests. */
async function programFolders(): Promise<readonly string[]> {
  const paths = ['@ffmpeg-installer/ffmpeg', '@ffprobe-installer/ffprobe'].map(
    (name) => (require(name) as { path: string }).path,
  );
  for (const path of paths) await chmod(path, 0o755);
  return paths.map((path) => dirname(path));
}
