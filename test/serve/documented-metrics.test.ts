/** Each metric that a page names is one that the server has: alerts on others never fire. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CHECKOUT } from '../harness/page-blocks.js';
import { startServerProcess } from '../harness/server-process.js';
import { makeTemporaryFolder } from '../harness/temporary-folder.js';

const folder = join(CHECKOUT, 'docs');
const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
/** Names of metrics have two parts at least; a histogram has three series of its own. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/\bannals_[a-z]+(?:_[a-z]+)*\b/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''));

it('the server has every metric that a page names', async () => {
  const server = await startServerProcess({ data: join(makeTemporaryFolder(), 'data') });
  onTestFinished(() => server.stop().then(() => undefined));
  const answer = await (await fetch(`${server.endpoint}/-/metrics`)).text();
  const known = new Set([...answer.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const unknown = pages.flatMap((page) =>
    namesIn(readFileSync(join(folder, page), 'utf8'))
      .filter((name) => !known.has(name))
      .map((name) => `${page}: ${name}`),
  );
  expect(unknown).toEqual([]);
  expect(namesIn(readFileSync(join(folder, 'operations.md'), 'utf8')).length).toBeGreaterThan(8);
});
