// @ts-check
import { join } from 'node:path';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'curl with signed URLs',
  toolchain: ['bash', 'curl', 'openssl'].map((command) => ({
    check: { command, arguments: [command === 'openssl' ? 'version' : '--version'] },
    wanted: command,
  })),
  lockFiles: [],
  prepare: () => [],
  variants: ['v1', 'v2', 'v4'].map((version) => ({ name: version, environment: { SIGNATURE_VERSION: version } })),
  samples: ({ folder }) => [
    {
      command: () => ({ command: 'bash', arguments: [join(folder, 'sample.sh')] }),
      key: 'sample/curl.log',
      contents: 'hello world',
    },
  ],
  programs: ({ folder }) => [{ command: 'bash', arguments: [join(folder, 'scenario.sh')] }],
};
