// @ts-check
import { goClient } from '../runner/go.js';
import { scenario, step } from '../scenario.js';
import { join } from 'node:path';

const KEY = 'exampledir/exampleobject.txt';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Go V2: github.com/aliyun/alibabacloud-oss-go-sdk-v2',
  ...goClient({ scenario: '.', sample: './sample' }),
  steps: [...scenario, step('append-file', 'File-like writer', 'two writers in turn, each finding the end by itself')],
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  samples: ({ cache }) => [
    {
      command: (_, { OSS_REGION, BUCKET }) => ({
        command: join(cache, 'sample'),
        arguments: ['-region', `${OSS_REGION}`, '-bucket', `${BUCKET}`, '-object', KEY],
      }),
      key: KEY,
      contents: 'hi append object'.repeat(2),
    },
  ],
};
