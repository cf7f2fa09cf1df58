// @ts-check
import { join } from 'node:path';
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

const KEY = 'exampledir/exampleobject.txt';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Android: com.aliyun.dpa:oss-android-sdk, off-device',
  toolchain: javaToolchain,
  lockFiles: javaSources('android'),
  prepare: (folders) => {
    const [fetchJars, compile] = buildJava('android', folders);
    const jars = join(folders.cache, 'jars');
    // The SDK's classes are a jar within its archive.
    const unpack = { command: 'jar', arguments: ['xf', 'oss-android-sdk-2.9.21.aar', 'classes.jar'], cwd: jars };
    return [fetchJars, unpack, compile].filter((command) => command !== undefined);
  },
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'V4' } },
    { name: 'v1', environment: { SIGNATURE: 'V1' } },
  ],
  samples: (folders) => [
    {
      command: (_, { BUCKET, LOCAL_FILE }) => java(folders, 'Sample', `${BUCKET}`, KEY, `${LOCAL_FILE}`),
      key: KEY,
      contents: 'one line of a local file\n',
    },
  ],
  programs: (folders) => [java(folders, 'Scenario')],
};
