/** `docs/recipes/application-log.md`: every line arrives once, through a rotation by logrotate. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runRecipe } from './run-recipe.js';

it('the recipe of an application log does what it says', async () => {
  const recipe = await runRecipe('application-log.md');
  const lines = Array.from({ length: 200 }, (_, index) => `request ${index + 1}\n`);
  expect(await recipe.read('logs', 'host-1/app.log')).toBe(lines.join(''));
  expect(existsSync(join(recipe.folder, 'app.log.1'))).toBe(true);
});
