/**
 * What one object must do when its calls come one after the other: the specification that histories are checked
 * against. Knows nothing of the store's code. Appendable objects may not be overwritten by a put, which is the server's
 * default.
 */
import { combineCrc64 } from '@annals/checksum';
import type { ObjectCall, ObjectOutcome, ObservedObject } from './history.js';

/** The object at one moment; `undefined`: there is none. Never changed once made. */
export type ObjectState = PresentObject | undefined;

/** An object that is there. */
export interface PresentObject {
  readonly type: 'normal' | 'appendable';
  readonly lengthBytes: number;
  readonly crc64: bigint;
  readonly isSealed: boolean;
  /** As its creator was told; `undefined` when nobody was told, and then any fits. */
  readonly versionId: string | undefined;
}

/**
 * @returns The state after the call, or `impossible` when a correct object in this state cannot have answered so. An
 *   unknown outcome stands for any: the call then did what it does in this state.
 */
export function applyCall(state: ObjectState, call: ObjectCall, outcome: ObjectOutcome): ObjectState | 'impossible' {
  if (outcome.kind === 'not-done') return state;
  switch (call.kind) {
    case 'get':
    case 'head':
      return isSeen(state, outcome) ? state : 'impossible';
    case 'delete':
      return outcome.kind === 'done' || outcome.kind === 'unknown' ? undefined : 'impossible';
    case 'put':
      return applyPut(state, call, outcome);
    case 'append':
      return applyAppend(state, call, outcome);
    case 'seal':
      return applySeal(state, call, outcome);
  }
}

/** Whether the call leaves every state as it is, given how it ended. */
export function isReadOnly(call: ObjectCall, outcome: ObjectOutcome): boolean {
  if (call.kind === 'get' || call.kind === 'head') return true;
  return outcome.kind !== 'done' && outcome.kind !== 'unknown';
}

/** @returns A text that is the same for the same states, and only for those. */
export function stateText(state: ObjectState): string {
  if (state === undefined) return 'absent';
  const { type, lengthBytes, crc64, isSealed, versionId } = state;
  return `${type}${isSealed ? ' sealed' : ''} ${lengthBytes} bytes, crc64 ${crc64}, version ${versionId ?? 'any'}`;
}

function isSeen(state: ObjectState, outcome: ObjectOutcome): boolean {
  if (outcome.kind === 'unknown') return true;
  if (state === undefined) return outcome.kind === 'absent';
  return outcome.kind === 'found' && fits(state, outcome.object);
}

function fits(state: PresentObject, seen: ObservedObject): boolean {
  return (
    seen.lengthBytes === state.lengthBytes &&
    (seen.crc64 ?? state.crc64) === state.crc64 &&
    (seen.type ?? state.type) === state.type &&
    (seen.isSealed ?? state.isSealed) === state.isSealed &&
    (seen.versionId === undefined || state.versionId === undefined || seen.versionId === state.versionId)
  );
}

function applyPut(
  state: ObjectState,
  { body }: Extract<ObjectCall, { kind: 'put' }>,
  outcome: ObjectOutcome,
): ObjectState | 'impossible' {
  const isRefused = state?.type === 'appendable';
  if (outcome.kind === 'wrong-type') return isRefused ? state : 'impossible';
  // Without an answer, a call that is refused has changed nothing.
  if (outcome.kind === 'unknown' && isRefused) return state;
  if ((outcome.kind !== 'done' && outcome.kind !== 'unknown') || isRefused) return 'impossible';
  return { type: 'normal', ...body, isSealed: false, versionId: versionIdOf(outcome) };
}

function applyAppend(
  state: ObjectState,
  { position, body }: Extract<ObjectCall, { kind: 'append' }>,
  outcome: ObjectOutcome,
): ObjectState | 'impossible' {
  const lengthBytes = state?.lengthBytes ?? 0;
  const refusal = refusalOfAppend(state, position);
  if (refusal !== undefined) {
    if (outcome.kind === 'unknown') return state;
    const isRightLength = outcome.kind !== 'position-mismatch' || (outcome.lengthBytes ?? lengthBytes) === lengthBytes;
    return outcome.kind === refusal && isRightLength ? state : 'impossible';
  }
  if (outcome.kind !== 'done' && outcome.kind !== 'unknown') return 'impossible';
  const next: PresentObject = {
    type: 'appendable',
    lengthBytes: lengthBytes + body.lengthBytes,
    crc64: state === undefined ? body.crc64 : combineCrc64(state.crc64, body.crc64, body.lengthBytes),
    isSealed: false,
    versionId: state === undefined ? versionIdOf(outcome) : state.versionId,
  };
  if (outcome.kind === 'unknown') return next;
  const { lengthBytes: saidLength = next.lengthBytes, crc64: saidCrc = next.crc64 } = outcome;
  return saidLength === next.lengthBytes && saidCrc === next.crc64 ? next : 'impossible';
}

function refusalOfAppend(state: ObjectState, position: number): ObjectOutcome['kind'] | undefined {
  if (state?.type === 'normal') return 'wrong-type';
  if (state?.isSealed === true) return 'sealed';
  return position === (state?.lengthBytes ?? 0) ? undefined : 'position-mismatch';
}

function applySeal(
  state: ObjectState,
  { position }: Extract<ObjectCall, { kind: 'seal' }>,
  outcome: ObjectOutcome,
): ObjectState | 'impossible' {
  let refusal: ObjectOutcome['kind'] | undefined;
  if (state === undefined) refusal = 'absent';
  else if (state.type === 'normal') refusal = 'wrong-type';
  else if (position !== state.lengthBytes) refusal = 'position-mismatch';
  if (refusal !== undefined) {
    if (outcome.kind === 'unknown') return state;
    return outcome.kind === refusal ? state : 'impossible';
  }
  if (outcome.kind !== 'done' && outcome.kind !== 'unknown') return 'impossible';
  return { ...(state as PresentObject), isSealed: true };
}

function versionIdOf(outcome: ObjectOutcome): string | undefined {
  return outcome.kind === 'done' ? outcome.versionId : undefined;
}
