// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Java V1, details',
  table: fidelityTable,
  home: 'java-v1',
  toolchain: javaToolchain,
  lockFiles: javaSources('java-v1'),
  prepare: (folders) => buildJava('java-v1', folders),
  steps: fidelitySteps,
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'V4' } },
    { name: 'v1', environment: { SIGNATURE: 'V1' } },
  ],
  programs: (folders) => [java(folders, 'FidelityScenario')],
};
