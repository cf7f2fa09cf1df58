/**
 * A real Chromium without a window, for one page: found in the path, with a profile of its own. What the page has to
 * say it sends to a server of the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const PROGRAM_NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A browser that shows a page. */
export interface Chromium {
  /** What it has written to standard error so far. */
  output(): string;
  /** Ends it, and waits until it has gone. */
  close(): Promise<void>;
}

/**
 * Opens a page.
 * @param profile An empty folder.
 * @throws {Error} There is no Chromium in the path.
 */
export async function openChromium(url: string, profile: string): Promise<Chromium> {
  const words = [
    '--headless=new',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-default-browser-check',
    // Services of its maker that it would look for on the network.
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--user-data-dir=${profile}`,
    // It refuses to run as root with a sandbox. It shows pages of this test only.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  const browser = spawn(await findProgram(), [...words, url], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const ended = once(browser, 'close');
  let output = '';
  browser.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return {
    output: () => output,
    async close() {
      endGroup(browser);
      await ended;
    },
  };
}

async function findProgram(): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of PROGRAM_NAMES) {
      const path = join(folder, name);
      const isThere = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return path;
    }
  }
  throw new Error(`Cannot open a page: wanted one of ${PROGRAM_NAMES.join(', ')} in the path; install chromium`);
}

/** Chromium has processes below it. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
