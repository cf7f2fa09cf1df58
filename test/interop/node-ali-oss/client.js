// @ts-check
import { SAMPLE_FILE_CONTENTS } from '../runner/client.js';
import { node, nodeToolchain, prepareNode } from '../runner/node.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Node.js: ali-oss',
  toolchain: nodeToolchain,
  lockFiles: ['package-lock.json'],
  prepare: prepareNode,
  variants: ['v1', 'v4'].map((version) => ({ name: version, environment: { SIGNATURE_VERSION: version } })),
  samples: (folders) =>
    ['v1', 'v4'].map((version) => ({
      command: (_, { ANNALS_ENDPOINT = '', BUCKET = '', LOCAL_FILE = '' }) =>
        node(folders, `sample-${version}.cjs`, ANNALS_ENDPOINT, BUCKET, `sample/node-${version}.txt`, LOCAL_FILE),
      key: `sample/node-${version}.txt`,
      contents: SAMPLE_FILE_CONTENTS.repeat(2),
    })),
  programs: (folders) => [node(folders, 'scenario.cjs')],
};
