// @ts-check
import { annalsCommands, commandSteps, commandTable } from '../commands.js';
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'annals on what Java V2 wrote',
  table: commandTable,
  home: 'java-v2',
  toolchain: javaToolchain,
  lockFiles: javaSources('java-v2'),
  prepare: (folders) => buildJava('java-v2', folders),
  steps: commandSteps,
  variants: [{ name: '', environment: { SIGNATURE: 'v4' } }],
  programs: (folders) => [java(folders, 'WriteObjects'), annalsCommands],
};
