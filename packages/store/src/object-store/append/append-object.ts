/**
 * AppendObject: adds a body at the end of an appendable object, or creates one. See `ObjectStore.appendObject` for its
 * promises. Leaves out what is refused (`judge-append.ts`) and how the object grows (`object-growth.ts`); bodies whose
 * place the server chooses go through `append-queues.ts`.
 */
import { createBodyHasher } from '@annals/checksum/node';
import type { AppendInput, AppendResult } from '../append-types.js';
import { growingContent, newContent, type TargetContent } from '../content/target-content.js';
import { type Arrival, writeBody } from '../content/write-body.js';
import type { Decision } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import type { ObjectRecord } from '../records/object-record.js';
import { StoreFailure } from '../store-failure.js';
import type { BodySource } from '../types.js';
import { AppendIds } from './append-ids.js';
import type { AppendQueues } from './append-queues.js';
import { type AppendState, idsOf, judge, readForAppend, resultOfRepeat } from './append-state.js';
import { decideCreation } from './create-appendable.js';
import type { Repeat } from './judge-append.js';
import { ObjectGrowth } from './object-growth.js';

/** @see ObjectStore.appendObject, which says what it promises and throws. */
export async function appendObject(
  context: StoreContext,
  queues: AppendQueues,
  input: AppendInput,
  body: BodySource,
): Promise<AppendResult> {
  const read = (): Promise<AppendState> => readForAppend(context, input, idsOf([input]));
  let first: AppendState | undefined = await read();
  const verdict = judge(context, input, first, body.length ?? 0);
  if (verdict.kind === 'repeat') return answerRepeat(input, body, verdict);
  const isPlaced = input.position !== 'auto';
  const offset = isPlaced ? verdict.length : 0;
  let preparedFor: ObjectRecord | undefined;
  return writeBody<AppendState, AppendResult>(context, body, {
    bucket: input.bucket,
    expected: input.expected,
    wantsMd5: false,
    read() {
      // Judged above, and still right or not: the commit's checks tell.
      const known = first;
      first = undefined;
      return known === undefined ? read() : Promise.resolve(known);
    },
    admit: ({ current }) => ({
      lengthMax: Math.max(0, verdict.lengthMax - (current?.head.length ?? 0)),
      reportedLengthMax: verdict.lengthMax,
      offset,
      objectCount: current === undefined ? 1 : 0,
      kind: 'adding',
    }),
    prepare({ current }) {
      preparedFor = current;
      return contentFor(context, input, body, current);
    },
    async decide(state, { received, content: prepared }) {
      const again = judge(context, input, state, received.length);
      if (again.kind === 'repeat') return { result: resultOfRepeat(again, received) };
      const { current, ids } = state;
      if (current === undefined || ids === undefined) {
        const content = preparedFor === undefined ? prepared : await newContent(context, input.attributes.encryption);
        return decideCreation(context, input, state, { received, content });
      }
      const isPrepared = current.contentId === preparedFor?.contentId;
      const content = isPrepared ? prepared : await growingContent(context, current);
      return decideGrowth(context, input, { ...state, current }, { received, content });
    },
    ...(!isPlaced && { publish: (arrival: Arrival) => queues.append(input, arrival, preparedFor) }),
    isUnused: ({ isReplay }) => isReplay === true,
  });
}

/** Reads the body of a repeat, and keeps nothing of it. */
async function answerRepeat({ expected }: AppendInput, body: BodySource, repeat: Repeat): Promise<AppendResult> {
  if (body.length !== undefined && body.length !== repeat.length) throw repeat.otherwise;
  const hasher = createBodyHasher({ md5: expected.md5 !== undefined });
  let length = 0;
  try {
    for await (const chunk of body.open()) {
      length += chunk.length;
      if (length > repeat.length) throw repeat.otherwise;
      const hashed = hasher.update(chunk);
      if (hashed !== undefined) await hashed;
    }
  } catch (error) {
    hasher.dispose();
    throw error;
  }
  const { crc64, md5 } = await hasher.digest();
  if (expected.md5 !== undefined && (md5 === undefined || Buffer.compare(expected.md5, md5) !== 0)) {
    throw new StoreFailure({ kind: 'digest-mismatch', digest: 'md5' });
  }
  if (expected.crc64 !== undefined && expected.crc64 !== crc64) {
    throw new StoreFailure({ kind: 'digest-mismatch', digest: 'crc64' });
  }
  return resultOfRepeat(repeat, { length, crc64 });
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
  const mayBeLong = length === undefined || length > context.settings.inlineLengthMax;
  const isBound = position === 'auto' && encryption !== undefined && mayBeLong;
  return isBound ? newContent(context, encryption) : growingContent(context, current);
}

function decideGrowth(
  context: StoreContext,
  input: AppendInput,
  state: AppendState & { readonly current: ObjectRecord },
  arrival: Arrival,
): Decision<AppendResult> {
  const { current, ids = new AppendIds(current.contentId, current.appendIds), rowContext } = state;
  const growth = new ObjectGrowth(context, state, arrival.content, ids);
  const result = growth.add(input, arrival);
  const commit = growth.commit();
  if (commit === undefined) return { result };
  return {
    commit,
    result,
    committed: (version) => context.decodedObjects.keep(rowContext, version, growth.record),
  };
}
