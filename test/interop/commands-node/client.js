// @ts-check
import { annalsCommands, commandSteps, commandTable } from '../commands.js';
import { node, nodeToolchain, prepareNode } from '../runner/node.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'annals on what ali-oss wrote',
  table: commandTable,
  home: 'node-ali-oss',
  toolchain: nodeToolchain,
  lockFiles: ['package-lock.json'],
  prepare: prepareNode,
  steps: commandSteps,
  variants: [{ name: '', environment: {} }],
  programs: (folders) => [node(folders, 'write-objects.cjs'), annalsCommands],
};
