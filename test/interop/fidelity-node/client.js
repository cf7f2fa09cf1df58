// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { node, nodeToolchain, prepareNode } from '../runner/node.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'ali-oss, details',
  table: fidelityTable,
  home: 'node-ali-oss',
  toolchain: nodeToolchain,
  lockFiles: ['package-lock.json'],
  prepare: prepareNode,
  steps: fidelitySteps,
  variants: [
    { name: 'v4', environment: { SIGNATURE_VERSION: 'v4' } },
    { name: 'v1', environment: { SIGNATURE_VERSION: 'v1' } },
  ],
  programs: (folders) => [node(folders, 'fidelity-scenario.cjs')],
};
