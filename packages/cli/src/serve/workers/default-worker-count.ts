/**
 * How many processes answer requests where the operator names no number. The reasons for the numbers:
 * `docs/decisions/0010-workers.md`.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { parseMetadataLocation } from '../../configuration/metadata-location.js';
import type { Configuration } from '../../configuration/schema.js';

/** A configuration with the number of processes that answer. */
export type ServedConfiguration = Configuration & { readonly workers: number };

/** @returns The same, and the default where the operator named no number. */
export function withWorkerCount(configuration: Configuration, machine = usableMachine()): ServedConfiguration {
  const { workers, storage } = configuration;
  const { kind } = parseMetadataLocation(storage.metadata);
  return { ...configuration, workers: workers ?? defaultWorkerCount(machine, kind) };
}

/** What a server may use of the machine that it runs on. */
export interface UsableMachine {
  /** As `process.platform`. */
  readonly platform: string;
  /** A share of a core counts as such. */
  readonly coreCount: number;
  readonly memoryBytes: number;
}

/** With fewer cores, more processes make appends slower. */
const CORE_COUNT_MIN = 4;
/** A busy worker keeps nearly two of them busy, with the part of the owner that works for it. */
const CORES_PER_WORKER = 2;
/** The one process that keeps the store serves no more of them at full speed. */
const WORKER_COUNT_MAX = 8;
/** Far more than a worker takes: the rest is for large bodies, and caches the pages of the disk. */
const MEMORY_BYTES_PER_WORKER = 1024 ** 3;

/**
 * @param metadata The kind of its place: the rows of a database are not shared with workers.
 * @returns 1: one process keeps the store and answers.
 */
export function defaultWorkerCount(machine: UsableMachine, metadata: 'lmdb' | 'postgres'): number {
  const { platform, coreCount, memoryBytes } = machine;
  // Nothing was measured elsewhere.
  if (metadata !== 'lmdb' || platform !== 'linux' || coreCount < CORE_COUNT_MIN) return 1;
  const fitting = Math.min(coreCount / CORES_PER_WORKER, memoryBytes / MEMORY_BYTES_PER_WORKER, WORKER_COUNT_MAX);
  return Math.max(1, Math.floor(fitting));
}

/** @returns The machine, less what this process may not use of it. */
export function usableMachine(): UsableMachine {
  // Beyond all memory where there is no limit.
  const limitBytes = process.constrainedMemory() ?? 0;
  return {
    platform: process.platform,
    coreCount: Math.min(availableParallelism(), coreLimit()),
    memoryBytes: limitBytes > 0 ? Math.min(totalmem(), limitBytes) : totalmem(),
  };
}

/** @returns The share of processor time that the control groups of this process leave it, in cores. */
function coreLimit(): number {
  const [, own = '/'] = /^0::(\/.*)$/m.exec(readText('/proc/self/cgroup')) ?? [];
  const parts = own.split('/').filter((part) => part !== '');
  const folders = parts.map((_, index) => `/sys/fs/cgroup/${parts.slice(0, index + 1).join('/')}`);
  const limits = ['/sys/fs/cgroup', ...folders].map((folder) => parseCoreLimit(readText(`${folder}/cpu.max`)));
  return Math.min(...limits);
}

/**
 * @param text Of `cpu.max`: microseconds of processor time and the length of a period, or `max` and that.
 * @returns Cores; without a limit, or when the text says nothing, infinitely many.
 */
export function parseCoreLimit(text: string): number {
  const [, quota, period] = /^(\d+) (\d+)$/m.exec(text) ?? [];
  return Number(period) > 0 ? Number(quota) / Number(period) : Number.POSITIVE_INFINITY;
}

/** @returns Empty where there is no such file. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
