/**
 * What one object must do when its calls come one after the other: the specification that histories are checked
 * against. Knows nothing of the store's code. Appendable objects may not be overwritten by a put, which is the server's
 * default.
 */
import { combineCrc64 } from '@annals/checksum';
import type { ContentDigest, ObjectCall, ObjectOutcome, ObservedObject } from './history.js';

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
  /** Appends applied that had an id, by id. */
  readonly ids?: ReadonlyMap<string, NamedAppend>;
}

/** An append that had an id: its body, and the object after it. */
interface NamedAppend {
  readonly body: ContentDigest;
  readonly after: ContentDigest;
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
  const { type, lengthBytes, crc64, isSealed, versionId, ids } = state;
  const named = [...(ids ?? [])].map(
    ([id, { body, after }]) => `${id}=${body.crc64}@${after.lengthBytes}:${after.crc64}`,
  );
  const known = named.length === 0 ? '' : `, ids ${named.sort().join(' ')}`;
  return `${type}${isSealed ? ' sealed' : ''} ${lengthBytes} bytes, crc64 ${crc64}, version ${versionId ?? 'any'}${known}`;
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
  { position, body, appendId }: Extract<ObjectCall, { kind: 'append' }>,
  outcome: ObjectOutcome,
): ObjectState | 'impossible' {
  const known = appendId === undefined || state?.type !== 'appendable' ? undefined : state.ids?.get(appendId);
  if (known !== undefined) return isRepeatAnswer(known, body, outcome) ? state : 'impossible';
  const lengthBytes = state?.lengthBytes ?? 0;
  const refusal = refusalOfAppend(state, position);
  if (refusal !== undefined) {
    if (outcome.kind === 'unknown') return state;
    const isRightLength = outcome.kind !== 'position-mismatch' || (outcome.lengthBytes ?? lengthBytes) === lengthBytes;
    return outcome.kind === refusal && isRightLength ? state : 'impossible';
  }
  if (outcome.kind !== 'done' && outcome.kind !== 'unknown') return 'impossible';
  const after = digestAfter(state, body);
  const next: PresentObject = {
    type: 'appendable',
    ...after,
    isSealed: false,
    versionId: state === undefined ? versionIdOf(outcome) : state.versionId,
    ...withId(state?.ids, appendId, { body, after }),
  };
  return outcome.kind === 'unknown' || saysOf(outcome, next) ? next : 'impossible';
}

function digestAfter(state: ObjectState, body: ContentDigest): ContentDigest {
  return state === undefined
    ? body
    : {
        lengthBytes: state.lengthBytes + body.lengthBytes,
        crc64: combineCrc64(state.crc64, body.crc64, body.lengthBytes),
      };
}

function withId(
  before: PresentObject['ids'],
  appendId: string | undefined,
  append: NamedAppend,
): Pick<PresentObject, 'ids'> {
  if (appendId === undefined) return before === undefined ? {} : { ids: before };
  return { ids: new Map([...(before ?? []), [appendId, append]]) };
}

/** Whether an append of known id may be answered so. */
function isRepeatAnswer({ body, after }: NamedAppend, asked: ContentDigest, outcome: ObjectOutcome): boolean {
  if (outcome.kind === 'unknown') return true;
  const isSame = body.lengthBytes === asked.lengthBytes && body.crc64 === asked.crc64;
  return isSame ? outcome.kind === 'done' && saysOf(outcome, after) : outcome.kind === 'id-conflict';
}

function saysOf(
  { lengthBytes, crc64 }: Extract<ObjectOutcome, { readonly kind: 'done' }>,
  after: ContentDigest,
): boolean {
  return (lengthBytes ?? after.lengthBytes) === after.lengthBytes && (crc64 ?? after.crc64) === after.crc64;
}

function refusalOfAppend(state: ObjectState, position: number | 'auto'): ObjectOutcome['kind'] | undefined {
  if (state?.type === 'normal') return 'wrong-type';
  if (state?.isSealed === true) return 'sealed';
  return position === 'auto' || position === (state?.lengthBytes ?? 0) ? undefined : 'position-mismatch';
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
