// @ts-check
import { buildGo, builtProgram, goSources, goToolchain, goV2Programs } from '../runner/go.js';
import { scenario, step } from '../scenario.js';

const KEY = 'exampledir/exampleobject.txt';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Go V2: github.com/aliyun/alibabacloud-oss-go-sdk-v2',
  toolchain: goToolchain,
  lockFiles: goSources('go-v2'),
  prepare: (folders) => buildGo(folders, goV2Programs),
  steps: [...scenario, step('append-file', 'File-like writer', 'two writers in turn, each finding the end by itself')],
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  samples: (folders) => [
    {
      command: (_, { OSS_REGION, BUCKET }) =>
        builtProgram(folders, 'sample', '-region', `${OSS_REGION}`, '-bucket', `${BUCKET}`, '-object', KEY),
      key: KEY,
      contents: 'hi append object'.repeat(2),
    },
  ],
  programs: (folders) => [builtProgram(folders, 'scenario')],
};
