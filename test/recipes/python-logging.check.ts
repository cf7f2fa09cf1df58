/** `docs/recipes/python-logging.md`: every record arrives once, in order. */
import { expect, it } from 'vitest';
import { runRecipe } from './run-recipe.js';

it('the recipe of Python logging does what it says', async () => {
  const recipe = await runRecipe('python-logging.md');
  const lines = Array.from({ length: 1000 }, (_, index) => `request ${index + 1}\n`);
  expect(await recipe.read('logs', 'app/python.log')).toBe(lines.join(''));
});
