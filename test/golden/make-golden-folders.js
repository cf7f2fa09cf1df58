// @ts-check
/**
 * Makes the golden folders of the format that a built checkout writes:
 * `node test/golden/make-golden-folders.js FORMAT PROGRAM`, for example with `3` and the `packages/cli/bin/annals.js`
 * of a checkout of that time. A golden folder is made once, by the program that was current then, and never again: it
 * stands for stores that operators have. With `append-ids` as a third word only the folder of append ids is made.
 */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [format = '', program = '', part = ''] = process.argv.slice(2);
if (!/^\d+$/.test(format) || program === '' || !['', 'append-ids'].includes(part)) {
  console.error(
    'Cannot make golden folders: expected the number of the format, the path of a built annals.js, and append-ids or nothing',
  );
  process.exit(2);
}
if (part === '') {
  const { module } = await runnerImport(fileURLToPath(new URL('golden-folder-maker.ts', import.meta.url)));
  await module.makeGoldenFolders(Number(format), program);
} else {
  const { module } = await runnerImport(fileURLToPath(new URL('append-ids-folder.ts', import.meta.url)));
  await module.makeAppendIdsFolder(Number(format), program);
}
