/** `docs/recipes/journald.md`: every entry of a journal file arrives once, over two runs of the script. */
import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { runRecipe } from './run-recipe.js';

it('the recipe of the journal does what it says', async () => {
  const recipe = await runRecipe('journald.md');
  const lines = (await recipe.read('logs', `${hostname()}/journal.jsonl`)).trimEnd().split('\n');
  const messages = lines.map((line) => (JSON.parse(line) as { MESSAGE: string }).MESSAGE);
  expect(messages).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `entry ${number}`));
});
