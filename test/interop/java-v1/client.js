// @ts-check
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

const KEY = 'exampledir/exampleobject.txt';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Java V1: com.aliyun.oss:aliyun-sdk-oss',
  toolchain: javaToolchain,
  lockFiles: javaSources('java-v1'),
  prepare: (folders) => buildJava('java-v1', folders),
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'V4' } },
    { name: 'v2', environment: { SIGNATURE: 'V2' } },
    { name: 'v1', environment: { SIGNATURE: 'V1' } },
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
