// @ts-check
import { client as android } from '../android/client.js';
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { java } from '../runner/java.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Android, details',
  table: fidelityTable,
  home: 'android',
  toolchain: android.toolchain,
  lockFiles: android.lockFiles,
  prepare: android.prepare,
  steps: fidelitySteps,
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'V4' } },
    { name: 'v1', environment: { SIGNATURE: 'V1' } },
  ],
  programs: (folders) => [java(folders, 'FidelityScenario')],
};
