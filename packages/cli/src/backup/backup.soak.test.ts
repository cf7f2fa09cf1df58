/**
 * The short form of `bench/backup.js`: many small objects and a large one, backed up twice, verified, restored and
 * compared.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../../../bench/backup.js', import.meta.url));

it('many small objects and a large one come back as they were, and a second backup sends little', async () => {
  const child = spawn(process.execPath, [SCRIPT, '--objects', '20000', '--large', String(256 * 1024 * 1024)]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += String(chunk);
  });
  const [code] = await once(child, 'close');
  expect({ code, errors }, output).toEqual({ code: 0, errors: '' });
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toEqual({ step: 'compare', isSame: true });
  const [first, second] = lines.filter(({ step }) => step === 'target') as {
    readonly fileCount: number;
    readonly lengthBytes: number;
  }[];
  // Small objects are not a file each, and what did not change is not sent again.
  expect(first?.fileCount).toBeLessThan(300);
  expect((second?.lengthBytes ?? 0) - (first?.lengthBytes ?? 0)).toBeLessThan(30 * 1024 * 1024);
}, 300_000);
