/** `docs/recipes/camera.md`: what viewers get while the camera records are the frames that were recorded. */
import { expect, it } from 'vitest';
import { runRecipe } from './run-recipe.js';

const framesOf = (path: string): string => `ffmpeg -loglevel error -i ${path} -map 0:v -f framemd5 - | grep -v '^#'`;
/** Checksums of the decoded frames; times may be moved by a copy into another file. */
const checksums = (frames: string): (string | undefined)[] =>
  frames
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').at(-1)?.trim());

it('the recipe of a camera does what it says', async () => {
  const recipe = await runRecipe('camera.md');
  const recorded = checksums(await recipe.shell(framesOf('recorded.ts')));
  expect(recorded).toHaveLength(200);
  expect(new Set(recorded).size).toBeGreaterThan(100);
  // It ends because the object was sealed; its file is whole then.
  await recipe.ended('piped.ts');
  expect(checksums(await recipe.shell(framesOf('piped.ts')))).toEqual(recorded);

  await recipe.shell('npx annals cat oss://recordings/front-door/live.mp4 > recorded.mp4');
  const watched = checksums(await recipe.shell(framesOf('watched.mp4')));
  expect(watched).toEqual(checksums(await recipe.shell(framesOf('recorded.mp4'))));
  expect(watched).toHaveLength(200);

  expect(await recipe.shell('npx annals ls oss://recordings/back-door/')).toMatch(/back-door\/\d{8}-\d{2}\.ts$/m);
});
