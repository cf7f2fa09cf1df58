// @ts-check
import { buildGo, builtProgram, goPrograms, goSources, goToolchain } from '../runner/go.js';

const KEY = 'exampledir/exampleobject.txt';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Go V1: github.com/aliyun/aliyun-oss-go-sdk',
  toolchain: goToolchain,
  lockFiles: goSources('go-v1'),
  prepare: (folders) => buildGo(folders, goPrograms),
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v2', environment: { SIGNATURE: 'v2' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  samples: (folders) => [
    {
      command: (_, { BUCKET }) => builtProgram(folders, 'sample', `${BUCKET}`, KEY),
      key: KEY,
      contents: 'hi append object'.repeat(2),
    },
  ],
  programs: (folders) => [builtProgram(folders, 'scenario')],
};
