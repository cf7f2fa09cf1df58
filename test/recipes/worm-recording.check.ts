/** `docs/recipes/worm-recording.md`: the recording stands, and the server says why it stays. */
import { expect, it } from 'vitest';
import { runRecipe } from './run-recipe.js';

it('the recipe of a retained recording does what it says', async () => {
  const recipe = await runRecipe('worm-recording.md');
  const target = { bucket: 'recordings', key: 'front-door/day.log' };
  await expect(recipe.client.deleteObject(target)).rejects.toMatchObject({ code: 'FileImmutable' });
  expect(await recipe.read('recordings', 'front-door/day.log')).toBe('frame 1\nframe 2\n');
});
