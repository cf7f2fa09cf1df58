// @ts-check
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

const KEY = 'exampledir/exampleobject.txt';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Java V2: com.aliyun:alibabacloud-oss-v2',
  toolchain: javaToolchain,
  lockFiles: javaSources('java-v2'),
  prepare: (folders) => buildJava('java-v2', folders),
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  samples: (folders) => [
    {
      command: (_, { BUCKET }) => java(folders, 'Sample', `${BUCKET}`, KEY),
      key: KEY,
      contents: 'Hello OSS A \nHello OSS B \nHello OSS C \n',
    },
  ],
  programs: (folders) => [java(folders, 'Scenario')],
};
