// @ts-check
import { join } from 'node:path';
import { annalsCommands, commandSteps, commandTable, readBackStep } from '../commands.js';
import { buildGo, goToolchain } from '../runner/go.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'annals on what ossutil wrote, and ossutil on what annals wrote',
  table: commandTable,
  home: 'ossutil',
  toolchain: goToolchain,
  lockFiles: ['go.mod', 'go.sum'],
  prepare: (folders) => buildGo(folders, { ossutil: 'github.com/aliyun/ossutil' }),
  steps: [...commandSteps, readBackStep],
  variants: [{ name: '', environment: {} }],
  programs: ({ folder, cache }) => {
    const ossutil = join(cache, 'ossutil');
    return [
      { command: process.execPath, arguments: [join(folder, 'write-objects.cjs'), ossutil] },
      {
        ...annalsCommands,
        arguments: [...(annalsCommands.arguments ?? []), join(folder, 'read-object.cjs'), ossutil],
      },
    ];
  },
};
