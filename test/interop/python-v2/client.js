// @ts-check
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Python V2: alibabacloud-oss-v2',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  variants: [
    { name: 'v4', environment: { SIGNATURE_VERSION: 'v4' } },
    { name: 'v1', environment: { SIGNATURE_VERSION: 'v1' } },
  ],
  samples: (folders) => [
    {
      command: (_, environment) =>
        python(
          folders,
          'sample.py',
          ...['--region', `${environment.OSS_REGION}`, '--bucket', `${environment.BUCKET}`],
          ...['--endpoint', `${environment.ANNALS_ENDPOINT}`, '--key', 'sample/python-v2.txt'],
        ),
      key: 'sample/python-v2.txt',
      contents: 'hello world',
    },
  ],
  programs: (folders) => [python(folders, 'scenario.py')],
};
