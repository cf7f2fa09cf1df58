// @ts-check
import { join } from 'node:path';
import { buildGo, goToolchain } from '../runner/go.js';

const KEY = 'exampledir/exampleobject.txt';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'ossutil: github.com/aliyun/ossutil',
  toolchain: goToolchain,
  lockFiles: ['go.mod', 'go.sum'],
  prepare: (folders) => buildGo(folders, { ossutil: 'github.com/aliyun/ossutil' }),
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  samples: ({ folder, cache }) => [
    {
      command: () => ({ command: 'sh', arguments: [join(folder, 'sample.sh'), join(cache, 'ossutil'), KEY] }),
      key: KEY,
      contents: 'one line of a local file\n'.repeat(2),
    },
  ],
  programs: ({ folder, cache }) => [
    { command: process.execPath, arguments: [join(folder, 'scenario.cjs'), join(cache, 'ossutil')] },
  ],
};
