/** What an append is decided on: the rows of its key, and what is remembered of its id. */
import type { AppendInput, AppendResult } from '../append-types.js';
import type { StoreContext } from '../context/store-context.js';
import type { ObjectTarget } from '../types.js';
import { requirePublishable } from '../versions/publish-version.js';
import { readForSuccession, type SuccessionState } from '../versions/read-state.js';
import { AppendIds } from './append-ids.js';
import { judgeAppend, type Repeat, type Verdict } from './judge-append.js';

/** A key as an append must know it. */
export interface AppendState extends SuccessionState {
  /** Absent: no append of these has an id, or there is no object that could remember one. */
  readonly ids?: AppendIds;
}

const NO_IDS: readonly string[] = [];

/** The ids of appends, without repeats. */
export function idsOf(inputs: readonly AppendInput[]): readonly string[] {
  if (!inputs.some(({ appendId }) => appendId !== undefined)) return NO_IDS;
  return [...new Set(inputs.flatMap(({ appendId }) => appendId ?? []))];
}

/**
 * Reads the current version of a key, and what is remembered of these ids.
 * @throws {StoreFailure} `no-such-bucket`.
 * @throws {EngineFailure} `corrupt`.
 */
export async function readForAppend(
  context: StoreContext,
  target: ObjectTarget,
  appendIds: readonly string[],
): Promise<AppendState> {
  const state = await readForSuccession(context, target);
  const { current } = state;
  if (current === undefined || appendIds.length === 0) return state;
  return { ...state, ids: await AppendIds.read(context, current, appendIds) };
}

/** What becomes of an append, with where its body would begin. */
export function judge(
  context: StoreContext,
  input: AppendInput,
  state: AppendState,
  bodyLength: number,
): Verdict & { readonly length: number } {
  const { current, bucket, ids } = state;
  const verdict = judgeAppend(context, input, { bucket: bucket.record, head: current?.head, ids }, bodyLength);
  if (verdict.kind === 'repeat') return verdict;
  if (current === undefined) requirePublishable(context, { forbidOverwrite: false }, state);
  return { kind: 'append', lengthMax: verdict.lengthMax, length: current?.head.length ?? 0 };
}

/**
 * Gives what a repeat is answered with.
 * @throws {StoreFailure} Its body is another one.
 */
export function resultOfRepeat(
  { length, crc64, result, otherwise }: Repeat,
  body: { readonly length: number; readonly crc64: bigint },
): AppendResult {
  if (body.length !== length || body.crc64 !== crc64) throw otherwise;
  return result;
}
