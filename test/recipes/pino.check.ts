/** `docs/recipes/pino.md`: every line of the log arrives once, in order. */
import { expect, it } from 'vitest';
import { runRecipe } from './run-recipe.js';

it('the recipe of pino does what it says', async () => {
  const recipe = await runRecipe('pino.md');
  const lines = (await recipe.read('logs', 'app/requests.jsonl')).trimEnd().split('\n');
  const numbers = lines.map((line) => (JSON.parse(line) as { number: number }).number);
  expect(numbers).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
});
