/**
 * Runs a program's main function in the process of the test, because most of what a short command costs is the start of
 * its process. Leaves out what only a process has: standard input, signals, an end of its own.
 */

/** How it ended, and everything it wrote. */
export interface InProcessOutcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** What a program finds. */
export interface InProcessSurroundings {
  /** Its working folder. */
  readonly folder: string;
  /** The whole of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

let last: Promise<unknown> = Promise.resolve();

/** Runs one program after the other. @param program Resolves to the exit code. */
export function runInProcess(
  program: () => Promise<number>,
  surroundings: InProcessSurroundings,
): Promise<InProcessOutcome> {
  const outcome = last.then(() => run(program, surroundings));
  last = outcome.catch(() => undefined);
  return outcome;
}

async function run(
  program: () => Promise<number>,
  { folder, environment }: InProcessSurroundings,
): Promise<InProcessOutcome> {
  const before = { ...process.env };
  const [exitCode, workingFolder] = [process.exitCode, process.cwd()];
  const output = collect(process.stdout);
  const errors = collect(process.stderr);
  setEnvironment(environment);
  process.chdir(folder);
  process.exitCode = undefined;
  try {
    const code = await program();
    return { code, output: output.text(), errors: errors.text() };
  } finally {
    output.end();
    errors.end();
    process.exitCode = exitCode;
    process.chdir(workingFolder);
    setEnvironment(before);
  }
}

/** Name by name: native code, too, reads the environment. */
function setEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) process.env[name] = value;
}

function collect(stream: NodeJS.WriteStream): { text(): string; end(): void } {
  const pieces: Buffer[] = [];
  const { write } = stream;
  stream.write = (piece: string | Uint8Array, ...rest: unknown[]): boolean => {
    pieces.push(Buffer.from(piece as Uint8Array));
    const written = rest.at(-1);
    if (typeof written === 'function') queueMicrotask(() => written());
    return true;
  };
  return {
    text: () => Buffer.concat(pieces).toString(),
    end: () => {
      stream.write = write;
    },
  };
}
