/**
 * Fills a store through its own interface, backs it up, again after a change, verifies, restores, and compares all rows
 * and every byte. Prints time, bytes and peak memory of each step, one line of JSON each; ends with 1 when anything
 * differs. Every step is a process of its own.
 *
 *   node bench/backup.js [--objects 20000] [--large 268435456] [--folder FOLDER]
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkBlobs, openFileSystemBlobStore, openJournaledLmdbKeyValueStore, openObjectStore } from '@annals/store';

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '20000' },
    large: { type: 'string', default: String(256 * 1024 * 1024) },
    folder: { type: 'string' },
    step: { type: 'string' },
  },
});
const SELF = fileURLToPath(import.meta.url);
const PROGRAM = fileURLToPath(new URL('../packages/cli/bin/annals.js', import.meta.url));
const PIECE_LENGTH_BYTES = 1024 * 1024;
const WRITER_COUNT = 64;

const steps = { fill, change, describe };

if (values.step === undefined) await measure();
else if (!isStep(values.step))
  throw new Error(`Cannot take the step "${values.step}": expected one of ${Object.keys(steps)}`);
else if (values.folder === undefined) throw new Error('Cannot take a step without --folder');
else await steps[values.step](values.folder);

/** @param {string} name @returns {name is keyof typeof steps} */
function isStep(name) {
  return Object.hasOwn(steps, name);
}

async function measure() {
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'annals-bench-backup-'));
  const [data, target, restored] = [join(folder, 'data'), join(folder, 'target'), join(folder, 'restored')];
  try {
    await run('fill', [SELF, '--step', 'fill', '--folder', data, '--objects', values.objects, '--large', values.large]);
    await run('backup', [PROGRAM, 'backup', 'create', target, '--data', data, '--quiet']);
    report({ step: 'target', ...sizeOf(target) });
    await run('change', [SELF, '--step', 'change', '--folder', data]);
    await run('backup again', [PROGRAM, 'backup', 'create', target, '--data', data, '--quiet']);
    report({ step: 'target', ...sizeOf(target) });
    await run('verify', [PROGRAM, 'backup', 'verify', target, '--deep', '--quiet']);
    await run('restore', [PROGRAM, 'restore', target, '--data', restored, '--quiet']);
    const [expected, found] = [
      await run('describe source', [SELF, '--step', 'describe', '--folder', data]),
      await run('describe restored', [SELF, '--step', 'describe', '--folder', restored]),
    ];
    const isSame = expected === found && expected !== '';
    report({ step: 'compare', isSame });
    if (!isSame) process.exitCode = 1;
  } finally {
    if (values.folder === undefined) rmSync(folder, { recursive: true });
  }
}

/**
 * Runs a process to its end.
 * @param {string} step
 * @param {readonly string[]} words
 * @returns What it wrote.
 */
async function run(step, words) {
  const startedAtMs = Date.now();
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  let peakBytes = 0;
  const poll = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid));
  }, 100);
  const code = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  clearInterval(poll);
  report({ step, seconds: (Date.now() - startedAtMs) / 1000, peakMebibytes: Math.round(peakBytes / 1024 ** 2) });
  if (code !== 0) throw new Error(`Step "${step}" ended with ${code}`);
  return output;
}

/** As the kernel says; 0 when it is gone, or where there is no such file. @param {number | undefined} processId */
function peakOf(processId) {
  try {
    const status = readFileSync(`/proc/${processId}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** @param {object} line */
function report(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** @param {string} folder */
function sizeOf(folder) {
  let fileCount = 0;
  let lengthBytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    fileCount += 1;
    lengthBytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return { fileCount, lengthBytes };
}

/** @param {string} folder */
async function openStore(folder) {
  const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') });
  const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder, 'blobs') }));
  return { store: await openObjectStore({ keyValues, blobs }), keyValues };
}

/** @param {import('@annals/store').OpenedStore} store @param {string} key @param {number} length */
function put(store, key, length) {
  return store.putObject(
    {
      bucket: 'bucket',
      key,
      ownerId: 'owner',
      attributes: { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} },
      forbidOverwrite: false,
      expected: {},
      lengthMax: Number.MAX_SAFE_INTEGER,
    },
    { length, open: () => pattern(key, length) },
  );
}

/** @param {string} key @param {number} length */
async function* pattern(key, length) {
  const base = Buffer.alloc(Math.min(length, PIECE_LENGTH_BYTES));
  for (let at = 0; at < base.length; at += 32) createHash('sha256').update(`${key} ${at}`).digest().copy(base, at);
  for (let start = 0; start < length; start += PIECE_LENGTH_BYTES) {
    const piece = Buffer.from(base.subarray(0, Math.min(PIECE_LENGTH_BYTES, length - start)));
    if (piece.length >= 8) piece.writeDoubleLE(start, 0);
    yield piece;
  }
}

/** @param {string} folder */
async function fill(folder) {
  const { store } = await openStore(folder);
  await store.createBucket({
    name: 'bucket',
    ownerId: 'owner',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  let next = 0;
  const count = Number(values.objects);
  const write = async () => {
    for (let index = next++; index < count; index = next++) {
      await put(store, `small/${String(index).padStart(8, '0')}`, 100 + (index % 200));
    }
  };
  await Promise.all(Array.from({ length: WRITER_COUNT }, write));
  if (Number(values.large) > 0) await put(store, 'large', Number(values.large));
  await store.maintenance.close();
}

/** @param {string} folder */
async function change(folder) {
  const { store } = await openStore(folder);
  for (let index = 0; index < 100; index += 1) {
    await put(store, `small/${String(index).padStart(8, '0')}`, 1000);
    await store.deleteObject({ bucket: 'bucket', key: `small/${String(1000 + index).padStart(8, '0')}` });
  }
  await put(store, 'medium', 3_000_000);
  await store.maintenance.close();
}

/** A digest over all rows, and over the bytes of the large objects. @param {string} folder */
async function describe(folder) {
  const { store, keyValues } = await openStore(folder);
  const digest = createHash('sha256');
  let start = Uint8Array.of(0);
  for (;;) {
    const rows = await keyValues.list({ start, end: Uint8Array.of(0xff), limit: 1000 });
    for (const { key, value } of rows) digest.update(key).update(value);
    const last = rows.at(-1);
    if (last === undefined) break;
    start = Buffer.concat([last.key, Uint8Array.of(0)]);
  }
  for (const key of ['large', 'medium']) {
    const opened = await store.openObject({ bucket: 'bucket', key });
    for await (const chunk of opened.read({ start: 0, end: opened.head.length })) digest.update(chunk);
    opened.release();
  }
  await store.maintenance.close();
  process.stdout.write(`${digest.digest('hex')}\n`);
}
