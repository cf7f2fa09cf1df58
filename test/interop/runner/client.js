// @ts-check
/**
 * What a client's `client.js` exports as `client`, and how the runner takes it from toolchain to results.
 * A client with variants (signature versions) gives one column for each.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scenario } from '../scenario.js';
import { runCommand } from './command.js';
import { foldersOf, isPrepared, markPrepared } from './folders.js';
import { makeIdentities } from './identities.js';
import { completeColumn, readReport } from './report.js';
import { checkSample } from './sample.js';
import { rootKeys, startServer } from './server.js';

/**
 * @typedef {import('./command.js').Command} Command
 * @typedef {import('./report.js').Cell} Cell
 * @typedef {import('../scenario.js').Step} Step
 * @typedef {{ folder: string, cache: string, scratch: string }} Folders `scratch` is empty and removed afterwards.
 * @typedef {Readonly<Record<string, string>>} Environment
 *
 * @typedef {object} Sample A program with the calls of a sample in the documents; it knows endpoint, keys, bucket and
 * files alone.
 * @property {(folders: Folders, environment: Environment) => Command} command
 * @property {string} key The object it writes.
 * @property {string} contents What must be in the object afterwards.
 *
 * @typedef {object} Client
 * @property {string} title Name of the SDK with the package it comes in.
 * @property {string} [home] The client in whose folder its programs and its packages are; its own unless told.
 * @property {readonly { check: Command, wanted: string }[]} toolchain Must all run, or every step fails.
 * @property {readonly string[]} lockFiles In its folder; preparing again is needed only when they change.
 * @property {(folders: Omit<Folders, 'scratch'>) => readonly Command[]} prepare Its own package manager, pinned
 * versions.
 * @property {readonly { name: string, environment: Environment }[]} variants
 * @property {(folders: Folders) => readonly Sample[]} [samples]
 * @property {(folders: Folders) => readonly Command[]} [programs] Print JSON lines.
 * @property {(context: { folders: Folders, environment: Environment, cells: Map<string, Cell> }) => Promise<void>}
 *   [drive] Instead of programs, for clients whose server or network the runner must disturb.
 * @property {readonly Step[]} [steps] Its own, instead of the shared scenario.
 * @property {string} [table] Clients with the same one stand in one matrix; `Shared scenario` unless told.
 * @property {number} [timeLimitMs]
 */

/** Local file of the samples that append a file. */
export const SAMPLE_FILE_CONTENTS = 'one line of a local file\n';
const PREPARE_TIME_LIMIT_MS = 600_000;
const PROGRAM_TIME_LIMIT_MS = 300_000;
/** A virtual machine says its version in a second, unless compilers of other columns are at work. */
const TOOL_TIME_LIMIT_MS = 120_000;
const BUCKET = 'interop-bucket';

/**
 * Runs a client in all its variants, as many at once as there are turns.
 * @param {string} name Of its folder.
 * @param {Client} client
 * @param {import('./turns.js').TakeTurn} takeTurn
 * @returns {Promise<{ name: string, cells: Map<string, Cell> }[]>} One column per variant.
 */
export async function runClient(name, client, takeTurn) {
  const steps = client.steps ?? scenario;
  const { folder, cache } = foldersOf(client.home ?? name);
  const problem = await prepareClient(name, client, takeTurn);
  const runs = client.variants.map((variant) =>
    takeTurn(async () => {
      /** @type {Map<string, Cell>} */
      const cells = new Map();
      const scratch = await mkdtemp(join(tmpdir(), 'annals-interop-files-'));
      try {
        const folders = { folder, cache, scratch };
        if (problem === undefined) await runVariant(client, folders, variant.environment, steps, cells);
        else completeColumn(steps, cells, problem);
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
      return { name: variant.name === '' ? name : `${name} ${variant.name}`, cells };
    }),
  );
  return await Promise.all(runs);
}

/**
 * Installs and compiles what a client's programs need, unless that was done.
 * @param {string} name Of its folder.
 * @param {Client} client
 * @param {import('./turns.js').TakeTurn} takeTurn
 * @returns {Promise<string | undefined>} What went wrong.
 */
export function prepareClient(name, client, takeTurn) {
  const { folder, cache } = foldersOf(client.home ?? name);
  return takeTurn(async () => (await missingTool(client)) ?? (await prepareOnce(client, folder, cache)));
}

/** @param {Client} client */
async function missingTool(client) {
  for (const { check, wanted } of client.toolchain) {
    const { problem } = await runCommand(check, TOOL_TIME_LIMIT_MS);
    if (problem !== undefined) return `Toolchain is missing: wanted ${wanted} (${problem})`;
  }
  return undefined;
}

/** @type {Map<string, Promise<string | undefined>>} */
const preparations = new Map();

/**
 * Clients that share a folder share its preparation: one installs, the others wait for it.
 * @param {Client} client
 * @param {string} folder
 * @param {string} cache
 */
function prepareOnce(client, folder, cache) {
  const known = preparations.get(cache);
  if (known !== undefined) return known;
  const preparation = prepare(client, folder, cache);
  preparations.set(cache, preparation);
  return preparation;
}

/**
 * @param {Client} client
 * @param {string} folder
 * @param {string} cache
 */
async function prepare(client, folder, cache) {
  const lockFiles = client.lockFiles.map((file) => join(folder, file));
  if (await isPrepared(cache, lockFiles)) return undefined;
  await mkdir(cache, { recursive: true });
  for (const command of client.prepare({ folder, cache })) {
    const { problem } = await runCommand(command, PREPARE_TIME_LIMIT_MS);
    if (problem !== undefined) return `Cannot prepare: ${problem}`;
  }
  await markPrepared(cache, lockFiles);
  return undefined;
}

/**
 * @param {Client} client
 * @param {Folders} folders
 * @param {Environment} variant
 * @param {readonly Step[]} steps
 * @param {Map<string, Cell>} cells
 */
async function runVariant(client, folders, variant, steps, cells) {
  if (client.drive !== undefined) {
    const problem = await client
      .drive({ folders, environment: { ...variant, BUCKET }, cells })
      .then(() => undefined, String);
    completeColumn(steps, cells, problem);
    return;
  }
  const server = await startServer({ bucket: BUCKET });
  try {
    const sampleFile = join(folders.scratch, 'local-file.txt');
    await writeFile(sampleFile, SAMPLE_FILE_CONTENTS);
    const environment = {
      ANNALS_ENDPOINT: server.endpoint,
      OSS_ACCESS_KEY_ID: rootKeys.accessKeyId,
      OSS_ACCESS_KEY_SECRET: rootKeys.accessKeySecret,
      OSS_REGION: 'cn-hangzhou',
      BUCKET,
      LOCAL_FILE: sampleFile,
      SCRATCH: folders.scratch,
      // A proxy of the surroundings has no business between a client and a server on one machine.
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
      ...(await makeIdentities(server, rootKeys)),
      ...variant,
    };
    const samples = client.samples?.(folders) ?? [];
    if (samples.length > 0) cells.set('sample', await checkSample(server, BUCKET, samples, folders, environment));
    /** @type {string | undefined} */
    let problem;
    for (const command of client.programs?.(folders) ?? []) {
      const outcome = await runCommand(
        { ...command, environment: { ...environment, ...command.environment } },
        client.timeLimitMs ?? PROGRAM_TIME_LIMIT_MS,
      );
      readReport(outcome.stdout, cells);
      problem ??= outcome.problem;
    }
    const ended = server.ended();
    if (ended !== undefined) cells.set('(server)', { state: 'fail', detail: ended });
    completeColumn(steps, cells, problem);
  } finally {
    await server.stop();
  }
}
