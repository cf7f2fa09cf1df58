/**
 * `docs/recipes/log-collectors.md`: syslog-ng posts to a signed address; it keeps messages while the server is away,
 * across a kill of its own, and while its address is refused.
 */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startServerProcess } from '../harness/server-process.js';
import { until } from '../harness/until.js';
import { type Recipe, runRecipe } from './run-recipe.js';

const KEY = 'host-1/app.jsonl';

async function messages(recipe: Recipe): Promise<string[]> {
  const text = await recipe.read('logs', KEY);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { message: string }).message);
}

it('the recipe of log collectors does what it says', async () => {
  const recipe = await runRecipe('log-collectors.md');
  const first = ['by hand 1', 'by hand 2', 'message 1', 'message 2', 'message 3', 'after the renewal'];
  expect(await messages(recipe)).toEqual(first);
  expect(await recipe.client.headObject({ bucket: 'logs', key: KEY })).toMatchObject({
    contentType: 'application/x-ndjson',
    type: 'Appendable',
  });

  await recipe.server.stop();
  await recipe.shell(`
    logger --socket log.sock --tag app 'while the server is away'
    pid=$(cat syslog-ng.pid)
    until grep -q 'while the server is away' ./*.rqf; do sleep 0.1; done
    kill -KILL "$pid"
    while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
    cp address.conf right.conf && sed -i 's/Expires=1/Expires=2/' address.conf
    rm -f log.sock
  `);
  const again = await startServerProcess({ data: join(recipe.folder, '../data'), port: recipe.server.port });
  onTestFinished(() => again.stop().then(() => undefined));
  onTestFinished(async () => {
    await recipe.shell('kill "$(cat syslog-ng.pid)" || true');
  });
  await recipe.shell(`
    nohup syslog-ng -F -e -f "$PWD/syslog-ng.conf" -R "$PWD/state" -p "$PWD/syslog-ng.pid" -c "$PWD/control" \\
      > /dev/null 2> refused.log < /dev/null &
    until [ -S log.sock ]; do sleep 0.1; done
    logger --socket log.sock --tag app 'while the address is refused'
    until grep -q "status_code='403'" refused.log; do sleep 0.1; done
  `);
  expect(await messages(recipe)).toEqual(first);
  await recipe.shell('cp right.conf address.conf && kill -HUP "$(cat syslog-ng.pid)"');
  const all = [...first, 'while the server is away', 'while the address is refused'];
  await until(async () => (await messages(recipe)).length >= all.length);
  expect(await messages(recipe)).toEqual(all);
});
