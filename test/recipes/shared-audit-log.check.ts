/** `docs/recipes/shared-audit-log.md`: eight writers, and each of them finds its own entries in its own order. */
import { expect, it } from 'vitest';
import { runRecipe } from './run-recipe.js';

it('the recipe of many writers does what it says', async () => {
  const recipe = await runRecipe('shared-audit-log.md');
  const lines = (await recipe.read('audit', '2026.jsonl')).trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { process: string; number: number });
  const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
  for (const process of ['shell-1', 'shell-2', 'shell-3', 'shell-4', 'sdk-1', 'sdk-2', 'sdk-3', 'sdk-4'])
    expect(entries.filter((entry) => entry.process === process).map(({ number }) => number)).toEqual(numbers);
});
