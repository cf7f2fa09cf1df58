/**
 * AppendObject: adds a body at the end of an appendable object, or creates one. See `ObjectStore.appendObject` for its
 * promises. Leaves out what is refused (`judge-append.ts`) and how the object grows (`object-growth.ts`); bodies whose
 * place the server chooses go through `append-queues.ts`.
 */
import type { AppendInput, AppendResult } from '../append-types.js';
import { growingContent, newContent, type TargetContent } from '../content/target-content.js';
import { type Arrival, type RepeatedWrite, writeBody } from '../content/write-body.js';
import type { Decision } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import type { ObjectRecord } from '../records/version-record.js';
import type { BodySource } from '../types.js';
import type { AppendQueues } from './append-queues.js';
import { type AppendState, idsOf, judge, readForAppend, resultOfRepeat } from './append-state.js';
import { decideCreation } from './create-appendable.js';
import type { Repeat } from './judge-append.js';
import { ObjectGrowth } from './object-growth.js';

/** @see ObjectStore.appendObject, which says what it promises and throws. */
export function appendObject(
  context: StoreContext,
  queues: AppendQueues,
  input: AppendInput,
  body: BodySource,
): Promise<AppendResult> {
  const isPlaced = input.position !== 'auto';
  return writeBody<AppendState, AppendResult>(context, body, {
    bucket: input.bucket,
    expected: input.expected,
    wantsMd5: false,
    isCompacted: true,
    read: () => readForAppend(context, input, idsOf([input])),
    admit(state) {
      const verdict = judge(context, input, state, body.length ?? 0);
      if (verdict.kind === 'repeat') return asRepeatedWrite(verdict);
      return {
        lengthMax: Math.max(0, verdict.lengthMax - verdict.length),
        reportedLengthMax: verdict.lengthMax,
        offset: isPlaced ? verdict.length : 0,
        objectCount: state.current === undefined ? 1 : 0,
        kind: 'adding',
      };
    },
    prepare: ({ current }) => contentFor(context, input, body, current),
    decide(state, { received, content: prepared }, { current: preparedFor }) {
      const again = judge(context, input, state, received.length);
      if (again.kind === 'repeat') return { result: resultOfRepeat(again, received) };
      const { current } = state;
      const decideWith = (content: TargetContent): Decision<AppendResult> =>
        current === undefined
          ? decideCreation(context, input, state, { received, content })
          : decideGrowth(context, input, { ...state, current }, { received, content });
      // Both undefined: there was no object, and there is none.
      if (current?.contentId === preparedFor?.contentId) return decideWith(prepared);
      const content =
        current === undefined ? newContent(context, input.attributes.encryption) : growingContent(context, current);
      return content.then(decideWith);
    },
    ...(!isPlaced && { publish: (arrival, { current }) => queues.append(input, arrival, current) }),
    isUnused: ({ isReplay }) => isReplay === true,
  });
}

function asRepeatedWrite(repeat: Repeat): RepeatedWrite<AppendResult> {
  const { length, otherwise } = repeat;
  return { appliedLength: length, otherwise, answer: (applied) => resultOfRepeat(repeat, applied) };
}

/**
 * The first append decides whether an object is encrypted; what a later one asks for is not looked at. A long encrypted
 * body is bound to its place, which an append without a position does not know: it gets a content of its own.
 */
function contentFor(
  context: StoreContext,
  { attributes, position }: AppendInput,
  { length }: BodySource,
  current: ObjectRecord | undefined,
): Promise<TargetContent> {
  if (current === undefined) return newContent(context, attributes.encryption);
  const { encryption } = current.head;
  const { inlineLengthMax, unplacedInlineLengthMax } = context.settings;
  const mayBeLong = length === undefined || length > Math.max(inlineLengthMax, unplacedInlineLengthMax);
  const isBound = position === 'auto' && encryption !== undefined && mayBeLong;
  return isBound ? newContent(context, encryption) : growingContent(context, current);
}

function decideGrowth(
  context: StoreContext,
  input: AppendInput,
  state: AppendState & { readonly current: ObjectRecord },
  arrival: Arrival,
): Decision<AppendResult> {
  const growth = new ObjectGrowth(context, state, arrival.content, state.ids);
  const result = growth.add(input, arrival);
  const commit = growth.commit();
  if (commit === undefined) return { result };
  return {
    commit,
    result,
    committed: (version) => context.decodedObjects.keep(state.rowContext, version, growth.record),
  };
}
