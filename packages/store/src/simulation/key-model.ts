/**
 * What one key must hold, as a list of versions, and what it may hold while calls are under way: every order of them
 * that their times allow, with those that were answered and without or with those that were not. Knows nothing of the
 * store's code.
 */

/** One version; a delete marker has no bytes. Never changed once made. */
export interface ModelVersion {
  readonly type: 'normal' | 'appendable' | 'marker';
  readonly bytes: Buffer;
  readonly isSealed: boolean;
  /** As the store gave it; `undefined` when nobody was told, and then any fits. */
  readonly versionId: string | undefined;
}

/** Newest first; empty: the key is not there. */
export type KeyState = readonly ModelVersion[];

/** What is asked of a key. */
export type KeyCall =
  /** Also what a copy and the completion of an upload do. */
  | { readonly kind: 'put'; readonly bytes: Buffer }
  | { readonly kind: 'append'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'delete' }
  | { readonly kind: 'delete-version'; readonly versionId: string }
  | { readonly kind: 'seal'; readonly position: number };

/** `refused` with the kind of the failure. */
export type KeyOutcome =
  | { readonly kind: 'done'; readonly versionId?: string }
  | { readonly kind: 'refused'; readonly because: string };

/** A call of a key and how far it has come. */
export interface CallUnderWay {
  readonly call: KeyCall;
  /** The upload it completes: after a loss of power it took place exactly when the upload is gone. */
  readonly uploadId?: string;
  readonly startedAt: number;
  readonly ended?: { readonly at: number; readonly outcome: KeyOutcome };
}

/** All that is known of a key at one moment. Never changed once made. */
export interface KeyKnowledge {
  /** What it may have held before the calls under way. */
  readonly settled: readonly KeyState[];
  readonly calls: readonly CallUnderWay[];
}

/** @returns What the call does to the key, and what is answered. */
function applyKeyCall(
  state: KeyState,
  call: KeyCall,
  isVersioned: boolean,
): { readonly state: KeyState; readonly outcome: KeyOutcome } {
  const current = state[0];
  const object = current?.type === 'marker' ? undefined : current;
  const refuse = (because: string) => ({ state, outcome: { kind: 'refused', because } as const });
  const publish = (version: Omit<ModelVersion, 'versionId'>) => ({
    state: [{ ...version, versionId: undefined }, ...(isVersioned ? state : [])],
    outcome: { kind: 'done' } as const,
  });
  switch (call.kind) {
    case 'put':
      if (!isVersioned && object?.type === 'appendable') return refuse('already-exists');
      return publish({ type: 'normal', bytes: call.bytes, isSealed: false });
    case 'append':
      if (object?.type === 'normal') return refuse('not-appendable');
      if (object?.isSealed === true) return refuse('sealed');
      if (call.position !== (object?.bytes.length ?? 0)) return refuse('position-mismatch');
      if (object === undefined) return publish({ type: 'appendable', bytes: call.bytes, isSealed: false });
      return replaceCurrent(state, { ...object, bytes: Buffer.concat([object.bytes, call.bytes]) });
    case 'delete':
      if (isVersioned) return publish({ type: 'marker', bytes: Buffer.alloc(0), isSealed: false });
      return { state: [], outcome: { kind: 'done' } };
    case 'delete-version':
      return { state: state.filter(({ versionId }) => versionId !== call.versionId), outcome: { kind: 'done' } };
    case 'seal':
      if (object === undefined) return refuse('no-such-key');
      if (object.type === 'normal') return refuse('not-sealable');
      if (call.position !== object.bytes.length) return refuse('position-mismatch');
      return replaceCurrent(state, { ...object, isSealed: true });
  }
}

/** @returns All the key may hold. Empty: what was answered contradicts itself. */
export function possibleStates({ settled, calls }: KeyKnowledge, isVersioned: boolean): readonly KeyState[] {
  const possible = new Map<string, KeyState>();
  const explore = (state: KeyState, left: readonly CallUnderWay[]): void => {
    if (left.every(({ ended }) => ended === undefined)) possible.set(keyStateText(state), state);
    const endedMin = Math.min(...left.map(({ ended }) => ended?.at ?? Number.POSITIVE_INFINITY));
    for (const one of left) {
      if (one.startedAt > endedMin) continue;
      const next = applyKeyCall(state, one.call, isVersioned);
      if (one.ended !== undefined && !isSameOutcome(one.ended.outcome, next.outcome)) continue;
      explore(
        withVersionId(next.state, state, one.ended?.outcome),
        left.filter((other) => other !== one),
      );
    }
  };
  for (const state of settled) explore(state, calls);
  return [...possible.values()];
}

/** Whether what was seen is this state; an id nobody was told fits any. */
export function isSameState(state: KeyState, seen: KeyState): boolean {
  return (
    state.length === seen.length &&
    state.every((version, index) => {
      const other = seen[index] as ModelVersion;
      return (
        version.type === other.type &&
        version.isSealed === other.isSealed &&
        (version.versionId === undefined || version.versionId === other.versionId) &&
        version.bytes.equals(other.bytes)
      );
    })
  );
}

/** @returns For people, and the same for the same states. */
export function keyStateText(state: KeyState): string {
  if (state.length === 0) return 'nothing';
  return state
    .map(({ type, bytes, isSealed, versionId }) => {
      return `${type}${isSealed ? ' sealed' : ''} ${versionId ?? 'any id'} ${bytes.length} bytes "${bytes.toString('latin1', 0, 200)}"`;
    })
    .join(', ');
}

function replaceCurrent(state: KeyState, version: ModelVersion): ReturnType<typeof applyKeyCall> {
  return { state: [version, ...state.slice(1)], outcome: { kind: 'done' } };
}

function isSameOutcome(told: KeyOutcome, right: KeyOutcome): boolean {
  return told.kind === 'refused' ? right.kind === 'refused' && right.because === told.because : right.kind === 'done';
}

/** A version that is new in the state has the id that was answered. */
function withVersionId(state: KeyState, before: KeyState, outcome: KeyOutcome | undefined): KeyState {
  const [first, ...rest] = state;
  const versionId = outcome?.kind === 'done' ? outcome.versionId : undefined;
  if (first === undefined || versionId === undefined || first.versionId !== undefined || first === before[0])
    return state;
  return [{ ...first, versionId }, ...rest];
}
