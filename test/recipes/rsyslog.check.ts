/** `docs/recipes/rsyslog.md`: rsyslog starts the command and writes messages to it. */
import { expect, it } from 'vitest';
import { runRecipe } from './run-recipe.js';

it('the recipe of rsyslog does what it says', async () => {
  const recipe = await runRecipe('rsyslog.md');
  const lines = (await recipe.read('logs', 'host-1/syslog')).trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\S+ /, ''))).toEqual(
    [1, 2, 3].map((number) => `app: message ${number}`),
  );
});
