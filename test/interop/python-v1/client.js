// @ts-check
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Python V1: oss2',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  variants: ['v1', 'v2', 'v4'].map((version) => ({ name: version, environment: { SIGNATURE_VERSION: version } })),
  samples: (folders) => [
    {
      command: (_, environment) =>
        python(folders, 'sample.py', `${environment.ANNALS_ENDPOINT}`, `${environment.BUCKET}`, 'sample/python-v1.txt'),
      key: 'sample/python-v1.txt',
      contents: 'content of first appendcontent of second append',
    },
  ],
  programs: (folders) => [python(folders, 'scenario.py')],
};
