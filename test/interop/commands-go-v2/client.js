// @ts-check
import { annalsCommands, commandSteps, commandTable } from '../commands.js';
import { buildGo, builtProgram, goSources, goToolchain, goV2Programs } from '../runner/go.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'annals on what Go V2 wrote',
  table: commandTable,
  home: 'go-v2',
  toolchain: goToolchain,
  lockFiles: goSources('go-v2'),
  prepare: (folders) => buildGo(folders, goV2Programs),
  steps: commandSteps,
  variants: [{ name: '', environment: {} }],
  programs: (folders) => [builtProgram(folders, 'written'), annalsCommands],
};
