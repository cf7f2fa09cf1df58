/**
 * Every command, once successfully and once not, in a pipe, on a terminal and with `--json`: the exit code is the
 * documented one, a failure is one message without a stack, a pipe gets no control characters, and `--json` means JSON.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildProgram } from '../../packages/cli/src/program.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { COMMAND_LINES, DOCUMENTS, WITHOUT_SUCCESS } from './command-lines.js';

const RUNNER = fileURLToPath(new URL('run-lines.js', import.meta.url));

type Command = Awaited<ReturnType<typeof buildProgram>>;

function leavesOf(
  command: Command['commands'][number],
  path: readonly string[],
): readonly (readonly [string, Command['commands'][number]])[] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((below) => leavesOf(below, [...path, below.name()]));
}

const leaves = new Map(leavesOf(await buildProgram('0.0.0'), []));
const nameOf = (words: readonly string[]): string =>
  [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) => leaves.has(name)) ?? '';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['logs'] });
  const write = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);
  write('small', 'small\n');
  mkdirSync(join(folder.path, 'tree'));
  write('tree/leaf', 'leaf\n');
  for (const [name, text] of Object.entries(DOCUMENTS)) write(`${name}.document`, text);
  write('policy.json', '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Resource":["*"]}]}');
  write(
    'trust.json',
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"RAM":["acs:ram::1234:root"]}}]}',
  );
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

interface EndedLine {
  readonly line: string;
  readonly expected: number;
  readonly code: number;
  readonly output: string;
  /** On a terminal both streams are one. */
  readonly errors: string;
}

type Kind = 'pipe' | 'terminal' | 'json';

async function runLines(kind: Kind): Promise<readonly EndedLine[]> {
  const lines = COMMAND_LINES.map(([expected, text]) => {
    const words = text.replaceAll('{}', kind).split(' ');
    const hasJson = leaves.get(nameOf(words))?.options.some(({ long }) => long === '--json') === true;
    return { expected, words: kind === 'json' && hasJson ? [...words, '--json'] : words };
  });
  const file = join(folder.path, `${kind}.lines`);
  writeFileSync(file, JSON.stringify(lines.map(({ words }) => words)));
  const [program, words] =
    kind === 'terminal'
      ? ['script', ['-qefc', `exec '${process.execPath}' '${RUNNER}' '${file}'`, '/dev/null']]
      : [process.execPath, [RUNNER, file]];
  const child = spawn(program, words, {
    cwd: folder.path,
    env: {
      ...{ PATH: process.env.PATH, HOME: folder.path, TERM: 'xterm', OSS_ENDPOINT: server.endpoint },
      ...{ OSS_ACCESS_KEY_ID: server.accessKeyId, OSS_ACCESS_KEY_SECRET: server.accessKeySecret },
    },
  });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await once(child, 'close');
  const outputs = output.split(/\r?\n\[ended with (\d+)\]\r?\n/);
  const errorsOfLines = errors.split(/\n\[ended with \d+\]\n/);
  return lines.map(({ expected, words: each }, index) => ({
    line: each.join(' '),
    expected,
    code: Number(outputs[index * (kind === 'terminal' ? 4 : 2) + 1]),
    // A terminal shows the mark of the other stream, too.
    output: outputs[index * (kind === 'terminal' ? 4 : 2)] ?? '',
    errors: errorsOfLines[index] ?? '',
  }));
}

const codes = (lines: readonly EndedLine[]): readonly string[] =>
  lines
    .filter(({ code, expected }) => code !== expected)
    .map(({ line, code, output, errors }) => `${line}: ${code} ${output} ${errors}`);

it('there is a line that succeeds and one that fails for every command', () => {
  const named = COMMAND_LINES.map(([code, text]) => [code, nameOf(text.split(' '))] as const);
  const succeed = new Set(named.filter(([code]) => code === 0).map(([, name]) => name));
  const fail = new Set(named.filter(([code]) => code !== 0).map(([, name]) => name));
  const others = Object.keys(WITHOUT_SUCCESS);
  expect([...leaves.keys()].filter((name) => !succeed.has(name) && !others.includes(name))).toEqual([]);
  expect([...leaves.keys()].filter((name) => !fail.has(name))).toEqual(['serve', 'config init']);
});

it('in a pipe', async () => {
  const lines = await runLines('pipe');
  expect(codes(lines)).toEqual([]);
  for (const { line, output, errors, code } of lines) {
    expect(output + errors, line).not.toContain('\u001b');
    expect(output + errors, line).not.toMatch(/\n {4}at /);
    // What doctor and fsck find is a result.
    if (code !== 0 && !line.startsWith('doctor')) expect(errors, line).toMatch(/^(?:annals|error): \S/m);
  }
});

it('on a terminal', async ({ skip }) => {
  if (process.platform !== 'linux') skip('script of util-linux makes the terminal');
  const lines = await runLines('terminal');
  expect(codes(lines)).toEqual([]);
  for (const { line, output } of lines) expect(output, line).not.toMatch(/\n {4}at /);
});

it('with --json', async () => {
  const lines = await runLines('json');
  expect(codes(lines)).toEqual([]);
  for (const { line, output, errors, code } of lines) {
    if (!line.endsWith('--json')) continue;
    for (const each of output.split('\n'))
      if (each !== '') expect(() => JSON.parse(each), `${line}: ${each}`).not.toThrow();
    if (code === 0 || line.startsWith('doctor')) continue;
    const error = JSON.parse(errors.trim().split('\n').at(-1) ?? '');
    expect(error, line).toEqual({ error: expect.objectContaining({ exitCode: code, message: expect.any(String) }) });
  }
});
