/**
 * Feeds 25,000 hostile inputs (`ANNALS_HOSTILE_COUNT`), unless a trial says how many, to a reader and watches what it
 * answers, what it takes and what it keeps. Memory is counted in bytes allocated, as the engine itself reports them, so
 * that neither the moment of a collection nor the speed of the machine decides. Leaves out what is hostile
 * (`mutations.ts` and each test), and hanging: the time limit of the test runner says that.
 */
import { GCProfiler, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';

/** Inputs that a reader is given unless its trial says how many. */
export const HOSTILE_INPUT_COUNT = Number(process.env.ANNALS_HOSTILE_COUNT ?? 25_000);

/** A run is the same every time; another seed here is as many other inputs. */
const SEED = 20_261_121;
/** Inputs whose memory is counted together: asking the engine costs as much as reading several inputs. */
const CHUNK_INPUT_COUNT = 250;
/**
 * Code that is compiled and caches that are filled while reading. Keeping as little as twenty bytes of each input would
 * be more.
 */
const KEPT_BYTES_MAX = 2 * 1024 * 1024;
/** The engine compiles when it likes, and keeps that once; what is kept of inputs is kept of as many others again. */
const KEPT_ROUND_COUNT_MAX = 3;
/** One of so many: an outcome that hardly ever comes up has not been tried. */
const OUTCOME_RARITY_MAX = 10_000;
/** Some objects for every input, and a few copies of it. */
const ALLOWANCE: HeapAllowance = { perInputBytes: 4 * 1024, perCharacterBytes: 64 };
/**
 * The engine compiles and collects when it likes, now and then while it is measured: what inputs really cost they cost
 * every time.
 */
const MEASURE_ATTEMPT_COUNT = 5;

/** A reader and what it is to be given. */
export interface HostileTrial<Input> {
  readonly inputs: fc.Arbitrary<Input>;
  /**
   * Reads one input: gives anything, or throws an error that has one of the codes of `refusals`. Nothing may stay from
   * one to the next.
   */
  readonly read: (input: Input) => unknown;
  /** Codes that the reader documents; each must come up. */
  readonly refusals: readonly string[];
  /** Characters or bytes of an input. */
  readonly lengthOf: (input: Input) => number;
  /** A multiple of 250. Default: `HOSTILE_INPUT_COUNT`. */
  readonly inputCount?: number;
  /** Default: 4 KiB and 64 bytes per character. */
  readonly allowance?: HeapAllowance;
}

/** Heap that reading may allocate. */
export interface HeapAllowance {
  /** For every input, whatever its length. */
  readonly perInputBytes: number;
  /** Besides, for each character or byte of an input. */
  readonly perCharacterBytes: number;
}

/**
 * Reads the inputs.
 * @returns How often each outcome came: `read`, or the code of a refusal.
 * @throws {Error} If the reader throws anything else or allocates more than its allowance, with the input; if it keeps
 *   what it should have forgotten; if hardly any input was read, or hardly any refused in one of the ways that are
 *   documented.
 */
export async function readHostileInputs<Input>(trial: HostileTrial<Input>): Promise<ReadonlyMap<string, number>> {
  const { stackTraceLimit } = Error;
  // Most inputs are refused, and writing down where costs far more than refusing.
  Error.stackTraceLimit = 0;
  try {
    const inputCount = trial.inputCount ?? HOSTILE_INPUT_COUNT;
    const chunkCount = inputCount / CHUNK_INPUT_COUNT;
    const outcomes = new Map<string, number>();
    const readChunk = (inputs: readonly Input[]) => readAndMeasure(trial, inputs, outcomes);
    // What is loaded, compiled and cached at the first use is no growth.
    await giveChunks(trial.inputs, 4, SEED + 1, readChunk);
    outcomes.clear();
    let keptBytes = await measureKeptBytes(() => giveChunks(trial.inputs, chunkCount, SEED, readChunk));
    for (let round = 1; keptBytes > KEPT_BYTES_MAX && round < KEPT_ROUND_COUNT_MAX; round += 1) {
      const readOthers = (inputs: readonly Input[]) => readUnchecked(trial, inputs);
      keptBytes = await measureKeptBytes(() => giveChunks(trial.inputs, chunkCount, SEED + 1 + round, readOthers));
    }
    if (keptBytes > KEPT_BYTES_MAX) {
      throw new Error(`${keptBytes} bytes are still in use after ${inputCount} inputs, not ${KEPT_BYTES_MAX}`);
    }
    for (const outcome of ['read', ...trial.refusals]) {
      const count = outcomes.get(outcome) ?? 0;
      if (count < inputCount / OUTCOME_RARITY_MAX)
        throw new Error(`The outcome ${outcome} came up ${count} times only`);
    }
    return outcomes;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Runs something and says how many bytes of heap it allocated, collected or not. */
export async function measureAllocatedBytes(action: () => void | Promise<void>): Promise<number> {
  const profiler = new GCProfiler();
  let lastBytes = getHeapStatistics().used_heap_size;
  profiler.start();
  await action();
  const afterBytes = getHeapStatistics().used_heap_size;
  let allocatedBytes = 0;
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    allocatedBytes += beforeGC.heapStatistics.usedHeapSize - lastBytes;
    lastBytes = afterGC.heapStatistics.usedHeapSize;
  }
  return allocatedBytes + afterBytes - lastBytes;
}

/**
 * Runs something and says how many bytes of heap were in use at once at most, beyond what was in use before; as seen at
 * the end of collections. One is made before, so that garbage of others does not count as room, and one when it has
 * ended.
 */
export async function measureLiveBytesMax(action: () => void | Promise<void>): Promise<number> {
  const profiler = new GCProfiler();
  const beforeBytes = heapInUseBytes();
  profiler.start();
  await action();
  heapInUseBytes();
  const collections = profiler.stop().statistics;
  return Math.max(...collections.map(({ afterGC }) => afterGC.heapStatistics.usedHeapSize)) - beforeBytes;
}

/** Runs something and says how many bytes of heap are in use afterwards that were not before. */
async function measureKeptBytes(action: () => Promise<void>): Promise<number> {
  const beforeBytes = heapInUseBytes();
  await action();
  return heapInUseBytes() - beforeBytes;
}

/** Frees everything unreachable and says what stays in use. */
function heapInUseBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return getHeapStatistics().used_heap_size;
}

/** Fails as `readChunk` does. */
async function giveChunks<Input>(
  inputs: fc.Arbitrary<Input>,
  chunkCount: number,
  seed: number,
  readChunk: (inputs: readonly Input[]) => Promise<void>,
): Promise<void> {
  const chunks = fc.array(inputs, { minLength: CHUNK_INPUT_COUNT, maxLength: CHUNK_INPUT_COUNT });
  const property = fc.asyncProperty(chunks, readChunk);
  await fc.assert(property, { numRuns: chunkCount, seed, endOnFailure: true, reporter: throwCause });
}

/** For what reading leaves behind, whatever it comes to. */
async function readUnchecked<Input>({ read }: HostileTrial<Input>, inputs: readonly Input[]): Promise<void> {
  for (const input of inputs) {
    try {
      const reading = read(input);
      if (reading instanceof Promise) await reading;
    } catch {
      // What the answers must be is looked at in the first round.
    }
  }
}

async function readAndMeasure<Input>(
  trial: HostileTrial<Input>,
  inputs: readonly Input[],
  outcomes: Map<string, number>,
): Promise<void> {
  const allowedBytes = inputs.reduce((sum, input) => sum + allowedBytesOf(trial, input), 0);
  let allocatedBytes = await measureAllocatedBytes(() => readAll(trial, inputs, outcomes));
  for (let attempt = 1; allocatedBytes > allowedBytes && attempt < MEASURE_ATTEMPT_COUNT; attempt += 1) {
    allocatedBytes = await measureAllocatedBytes(() => readAll(trial, inputs, new Map()));
  }
  if (allocatedBytes <= allowedBytes) return;
  const dearest = await findDearest(trial, inputs);
  throw new Error(
    `Reading ${inputs.length} inputs took ${allocatedBytes} bytes of heap, not ${allowedBytes}; most for ${quote(dearest)}`,
  );
}

async function readAll<Input>(
  { read, refusals }: HostileTrial<Input>,
  inputs: readonly Input[],
  outcomes: Map<string, number>,
): Promise<void> {
  for (const input of inputs) {
    let outcome = 'read';
    try {
      const reading = read(input);
      // Waiting for what is there already would cost more than reading it.
      if (reading instanceof Promise) await reading;
    } catch (error) {
      outcome = codeOf(error);
      if (!refusals.includes(outcome)) {
        throw new Error(`Neither read nor refused as documented: ${quote(input)}`, { cause: error });
      }
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
}

/** The code of a refusal; the engine's own errors have none, and Node's have others. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

async function findDearest<Input>(trial: HostileTrial<Input>, inputs: readonly Input[]): Promise<Input | undefined> {
  let dearest: { readonly input: Input; readonly excessBytes: number } | undefined;
  for (const input of inputs) {
    const allocatedBytes = await measureAllocatedBytes(() => readAll(trial, [input], new Map()));
    const excessBytes = allocatedBytes - allowedBytesOf(trial, input);
    if (excessBytes > (dearest?.excessBytes ?? Number.NEGATIVE_INFINITY)) dearest = { input, excessBytes };
  }
  return dearest?.input;
}

function allowedBytesOf<Input>({ allowance = ALLOWANCE, lengthOf }: HostileTrial<Input>, input: Input): number {
  return allowance.perInputBytes + allowance.perCharacterBytes * lengthOf(input);
}

/** The counterexample is one of hundreds of inputs: our own error names it, fast-check's would print them all. */
function throwCause<Values>(details: fc.RunDetails<Values>): void {
  if (details.failed) throw details.errorInstance ?? new Error('The run was interrupted');
}

function quote(input: unknown): string {
  return JSON.stringify(input, (_, value: unknown) => (value instanceof Map ? [...value] : value)).slice(0, 4000);
}
