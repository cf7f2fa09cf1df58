// @ts-check
/**
 * Makes the golden folders of the format that a built checkout writes:
 * `node test/golden/make-golden-folders.js FORMAT PROGRAM`, for example with `3` and the `packages/cli/bin/annals.js`
 * of a checkout of that time. A golden folder is made once, by the program that was current then, and never again: it
 * stands for stores that operators have.
 */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [format = '', program = ''] = process.argv.slice(2);
if (!/^\d+$/.test(format) || program === '') {
  console.error('Cannot make golden folders: expected the number of the format, and the path of a built annals.js');
  process.exit(2);
}
const { module } = await runnerImport(fileURLToPath(new URL('golden-folder-maker.ts', import.meta.url)));
await module.makeGoldenFolders(Number(format), program);
