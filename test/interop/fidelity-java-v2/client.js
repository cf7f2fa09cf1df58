// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Java V2, details',
  table: fidelityTable,
  home: 'java-v2',
  toolchain: javaToolchain,
  lockFiles: javaSources('java-v2'),
  prepare: (folders) => buildJava('java-v2', folders),
  steps: fidelitySteps,
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  programs: (folders) => [java(folders, 'FidelityScenario')],
};
